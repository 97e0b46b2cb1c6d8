/**
 * The page's script as one text: the compiled modules of browser/ and lib/figures/layout.js, the very code that rendered the stored
 * pictures, so that a figure's height in the page is the one that it is drawn with.
 */
import { bundle } from './bundle'

/** Name by which the others require it -> compiled CommonJS module. */
const modules: Readonly<Record<string, string>> = {
  './main': require.resolve('./browser/main'),
  './ledger-filter': require.resolve('./browser/ledger-filter'),
  './plotted-figure': require.resolve('./browser/plotted-figure'),
  './table-rows': require.resolve('./browser/table-rows'),
  './layout': require.resolve('../../figures/layout'),
}

export const pageScript = (): string => bundle(modules, "require('./main').start(require('./layout').fitFigure)")
