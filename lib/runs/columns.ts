/** The data dictionary: type, unit and meaning of every column of every table. Frictionless Table Schema conventions. */

export interface Column {
  readonly type: 'string' | 'integer' | 'number'
  /** Unit, or '1' for a pure number. */
  readonly unit: string
  readonly description: string
}

const key = (description: string): Column => ({ type: 'string', unit: '', description })
const count = (description: string): Column => ({ type: 'integer', unit: '1', description })
const number = (description: string, unit = '1'): Column => ({ type: 'number', unit, description })
const fraction = (description: string): Column => number(description, 'fraction in [0, 1]')

export const COLUMNS: Readonly<Record<string, Column>> = {
  dataset: key('data set: mnist, fashion-mnist, cifar-10'),
  network: key('network as widths joined by -, with a suffix such as -skip'),
  method: key('training method, or a control without training'),
  setting: key("settings that differ from the method's defaults, key=value joined by ;"),
  seed: count('seed of initial weights and shuffling'),
  iteration: count('outer iteration, or epoch; 0 is before any step'),
  objective: number(
    "the method's own training objective (Tikhonov BCD: eq. 4, summed over samples; Caffe rules: 1/(2N) sum of squares)",
  ),
  residual_u: number('|U - max(0, U - grad_U f)|, Frobenius norm; 0 at a stationary point'),
  residual_v: number('|grad_V f|, Frobenius norm'),
  residual_w: number('|grad_W f|, Frobenius norm over all hidden layers'),
  theta: number('step theta_t of Algorithm 1'),
  inner_iterations: number('inner iterations of the U-step, mean over row chunks'),
  inner_iterations_most: count('inner iterations of the U-step, most over row chunks'),
  inner_capped: fraction('row chunks whose U-step ended at the cap instead of its tolerance'),
  change_u: number('|U_t - U_(t-1)|, Frobenius norm'),
  change_v: number('|V_t - V_(t-1)|, Frobenius norm'),
  change_w: number('|W_t - W_(t-1)|, Frobenius norm over all hidden layers'),
  batches: count('mini-batches of the epoch'),
  mean_batch_loss: number('mean over the epoch of 1/(2B) sum of squares of a batch, each before its update'),
  seconds: number('solver seconds from the start, recording and evaluation excluded', 's'),
  cpu_seconds: number(
    'processor seconds of all threads over the same stretches: steadier than the clock on a busy machine',
    's',
  ),
  svm_train_error: fraction('error on the training rows of a linear SVM on the features'),
  svm_test_error: fraction('error on the test rows of a linear SVM trained on the training features'),
  svm_validation_error: fraction('error on the held-out training rows of a linear SVM on the features'),
  svm_residual: number('largest relative gradient norm of the ten SVM problems at their solution'),
  diverged_at: count('iteration at which the run was no longer finite; empty if it stayed finite'),
  learning_rate: number('learning rate before any decay'),
  chosen: count("1 for the setting with the method's lowest validation error, else 0"),
  at_edge: count('1 for the smallest and the largest learning rate of a grid, else 0'),
  layer: key('weight matrix: W1, W2, ..., V'),
  threshold: number('an entry counts as non-zero when its absolute value exceeds this'),
  nonzero_fraction: fraction('entries above the threshold'),
}
