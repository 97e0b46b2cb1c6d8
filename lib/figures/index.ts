export { type BarsSpec, bars } from './bars'
export { type Browser, findBrowser } from './browser'
export { canonicalFigure, canonicalJson } from './canonical'
export { type CurvesSpec, curves } from './curves'
export type {
  Assertion,
  Axis,
  Caption,
  Comparing,
  Figure,
  FigureMeta,
  FigureSpec,
  Json,
  Policy,
  Reference,
  Row,
  Table,
  Trace,
  TraceMeta,
} from './figure'
export { type CellAxis, type HeatMapSpec, heatMap } from './heat-map'
export { type ImagesSpec, images } from './images'
export { fitFigure } from './layout'
export { knownMethods, type Style, styleOf } from './methods'
export { redraw } from './redraw'
export { closeRenderer, type Render, type Rendered, type RenderOptions, renderFigure, withRenderer } from './render'
export { type ScatterFitSpec, scatterFit } from './scatter-fit'
export { type FigureFiles, writeFigure } from './write'
