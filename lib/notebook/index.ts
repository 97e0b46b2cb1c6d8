/** What notebooks use of this room; the commands import its files one by one. */
export { type Bundle, type Cell, showFigure, showMarkdown, showTable } from './display'
export { type Profile, profiles } from './profiles'
export { concludeNotebook, publishFigure } from './publish'
export { type Notebook, openNotebook } from './session'
