/** What the claims of the student report share. */
import type { Paper } from '../entry'

export const paper: Paper = { id: 'student-report', name: 'Student report' }

/** Columns that select a curve. */
export const curveColumns = ['dataset', 'method', 'setting', 'seed', 'iteration']

export const datasets = [
  { dataset: 'mnist', name: 'MNIST' },
  { dataset: 'fashion-mnist', name: 'Fashion-MNIST' },
] as const
