export { type CaffeRule, caffe, caffeRules } from './caffe-sgd'
export type { BlockName, Problem, Report, Solver } from './solver'
export { tikhonovBcd } from './tikhonov-bcd'
export { TIKHONOV_BCD_DEFAULTS, type TikhonovBcdSettings } from './tikhonov-bcd-settings'
