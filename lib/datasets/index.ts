/**
 * MNIST and Fashion-MNIST: fetch, verify, read, split, make tensors. This index loads the engine (tensors.ts); commands
 * that must work without one import './ensure' directly.
 */
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
export { classCounts, holdOut, stratifiedSubset } from './split'
export { type ProblemData, toProblemData } from './tensors'
