export { type CaffeRule, caffe, caffeRules } from './caffe-sgd'
export type { BlockName, Problem, Report, Solver } from './solver'
export { TIKHONOV_BCD_DEFAULTS, type TikhonovBcdSettings } from './tikhonov/settings'
export { tikhonovBcd } from './tikhonov-bcd'
