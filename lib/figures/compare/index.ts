export { bandText, overlaps } from './band'
export { type CompareOptions, compareFigures } from './figures'
export { byText, distance, type Tolerance } from './points'
export { type Difference, type FigureComparison, type Status, statuses, type TraceComparison, worstOf } from './status'
