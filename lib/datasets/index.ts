/**
 * MNIST, Fashion-MNIST and CIFAR-10: fetch, verify, read, split, make tensors. This index loads the engine (tensors.ts); commands
 * that must work without one import './ensure' directly.
 */
export { CIFAR10_PIXELS, type Cifar10, loadCifar10 } from './cifar10'
export {
  DatasetError,
  type DatasetOptions,
  type DatasetStatus,
  datasetStatus,
  type EnsuredDataset,
  ensureDataset,
} from './ensure'
export { CLASSES, type Dataset, loadDataset, PIXELS, type Split } from './load'
export {
  type ArchiveSource,
  type Cifar10Entry,
  DATASET_NAMES,
  type DatasetEntry,
  type DatasetName,
  type DebianSource,
  type DownloadSource,
  dataFolder,
  type FileEntry,
  type FileRole,
  type Manifest,
  type NpmSource,
  readManifest,
  type Source,
} from './manifest'
export { firstRows, meanPooled } from './pool'
export { classCounts, holdOut, stratifiedSubset } from './split'
export { type ProblemData, toProblemData } from './tensors'
