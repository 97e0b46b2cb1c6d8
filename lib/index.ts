/** What notebooks import: `import { … } from 'blockwise'`. */
export { holdOut, loadDataset, stratifiedSubset } from './datasets'
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
  type ScatterFitSpec,
  scatterFit,
} from './figures'
export * from './network'
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
export * from './runs'
export * from './solvers'
export { type TraceRow, type Training, type TrainOptions, train } from './train'
