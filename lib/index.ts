/** What notebooks import: `import { … } from 'blockwise'`. */
export { DatasetError, firstRows, holdOut, loadCifar10, loadDataset, meanPooled, stratifiedSubset } from './datasets'
export { tf } from './engine/tensorflow'
export * from './evaluate'
export {
  type BarsSpec,
  bars,
  type Caption,
  type CurvesSpec,
  curves,
  type Figure,
  type HeatMapSpec,
  heatMap,
  type ImagesSpec,
  images,
  type ScatterFitSpec,
  scatterFit,
} from './figures'
export * from './network'
export { allEarlierLayers } from './network/all-earlier-layers'
export { networkName } from './network/architecture'
export { constantBiasWeights } from './network/constant-bias-weights'
export { gaussianWeights } from './network/gaussian-weights'
export {
  concludeNotebook,
  type Notebook,
  openNotebook,
  publishFigure,
  showFigure,
  showMarkdown,
  showTable,
} from './notebook'
export { type Claim, claims, evaluateClaim, type Verdict } from './papers'
export { table2 as dlamTable2 } from './papers/dlam-2020/table2'
export { fitLine } from './papers/rules/fit'
export { projectRowsOntoL1Ball } from './prox/l1-ball'
export * from './runs'
export * from './solvers'
export { type TraceRow, type Training, type TrainOptions, train } from './train'
