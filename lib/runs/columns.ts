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
  block: key('block of variables that a residual belongs to'),
  residual: number('residual of the block, Frobenius norm; 0 at a stationary point'),
  theta: number('step theta_t of Algorithm 1'),
  inner_iterations: number(
    'inner iterations of the U-step (DLAM: of the z_L step), mean over row chunks; two-splitting BCD: of all W- and V-steps but V_L, mean over blocks',
  ),
  inner_iterations_most: count('inner iterations of the U-step, most over row chunks'),
  inner_capped: fraction(
    'row chunks (two-splitting BCD: blocks) whose inner iterations ended at the cap instead of their tolerance',
  ),
  inner_stalled: fraction(
    'blocks of two-splitting BCD whose inner iterations ended because no step lowered the sub-problem',
  ),
  inner_doublings: number(
    'doublings of the Lipschitz constant of the U-step, whose estimate was too small; summed over row chunks',
  ),
  radius: number('largest l1 norm of a row of hidden weights'),
  w_gap: number(
    "duality gap of the constrained W-step over the sub-problem's value (or a hundredth of its value at the old W, if larger), largest over layers",
  ),
  w_iterations: count('inner iterations of the constrained or l1-regularised W-step, most over layers'),
  w_residual: number(
    'l1-regularised W-step: one more proximal gradient step would move W by this share of its change, most over layers',
  ),
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
  train_accuracy: fraction('training rows whose largest output, by a forward pass, is that of their label'),
  test_accuracy: fraction('test rows whose largest output, by a forward pass, is that of their label'),
  train_accuracy_auxiliary: fraction(
    'the same on the training rows, with the auxiliary variables in place of a forward pass',
  ),
  test_accuracy_200: fraction('the same on the 200 test rows of the student report'),
  train_loss: number("the method's loss on the training rows by a forward pass, mean over rows"),
  epsilon: number('tolerance epsilon of the activation constraints in the iteration'),
  violation: number('largest |h(z_l) - a_l| less epsilon; 0 where no constraint is violated'),
  risk: number("cross-entropy of the method's own output variables, summed over samples"),
  doublings: count('doublings of all step sizes in the iteration'),
  doublings_tau: count('doublings of the step sizes of a in the iteration'),
  primal_residual: number(
    '|z_L - W_L a_(L-1)|, Frobenius norm over all samples: what the multiplier of ADMM has to close',
  ),
  relative_change: number('|W - W_0| / |W_0| of the matrix from the start to the end of training, Frobenius norms'),
  change: number('|P_t - P_(t-1)|, Frobenius norm over all variables of the method'),
  subgradient_norm: number('|g|, Frobenius norm of a subgradient of the objective by all variables at the iterate'),
  residual_b: number('|grad_b f|, Frobenius norm over all layers'),
  descent_bound: number('by how much the iteration has to lower the objective by the lemma of sufficient descent'),
  descent_margin: number(
    'fall of the objective in the iteration less descent_bound, over the objective before it; negative where the lemma fails',
  ),
  peak_tensor_bytes: number('most that tensors of the method held at once in training, data left out', 'B'),
  loss: key('loss of the output'),
  activation: key('activation of the hidden layers'),
  hidden_layers: count('hidden layers of the network'),
  mean_square_subgradient: number('mean of subgradient_norm^2 over the iterations from 1 to this one'),
  mean_square_change: number('mean of change^2 over the iterations from 1 to this one'),
  relative_error: number('subgradient_norm / change: Lemma 2 has it bounded'),
  broken: key('why a run broke off, of which then nothing else is in the table; empty for the others'),
  least_margin: number('least descent_margin of the run'),
  most_relative_error: number(
    'most of relative_error over the iterations of the run: no constant of Lemma 2 is below it',
  ),
  late_path: fraction('sum of change over the second half of the iterations, of that over all'),
  mean_capped: fraction('inner_capped, mean over the iterations'),
  mean_stalled: fraction('inner_stalled, mean over the iterations'),
  exponent: number(
    'slope of log mean_square_subgradient against log iteration, by least squares over the last three quarters of the iterations',
  ),
  n: count('training rows'),
  rho: number('penalty parameter rho'),
  backtracking: key(
    "how the step size is found: printed (the doubling loop), exact (closed form), printed for 150 iterations; published: the paper's own times",
  ),
  seconds_per_iteration: number('median over the timed iterations', 's'),
  spread: number('seconds per iteration, third quartile less first over the timed iterations', 's'),
  doublings_per_iteration: number('doublings of all step sizes, median over the timed iterations'),
  mean_seconds: number('mean over the timed iterations', 's'),
  mean_doublings: number('doublings of all step sizes, mean over the timed iterations'),
  mean_doublings_of_tau: number('doublings of the step sizes of a, mean over the timed iterations'),
  ratio: number('mean seconds per iteration over the published ones at the same rho and the same share of the rows'),
  doublings_printed: count('doublings of all step sizes in the iteration, by the printed loop'),
  doublings_exact: count('the same in closed form: doublings that the loop would have done'),
  objective_difference: number('objective with exact less that with printed backtracking, over the latter'),
  bits: count('length of the binary codes'),
  k: count('retrieved items that count; empty for the whole ranking'),
  precision: fraction('items of the right label among the first k, mean over queries'),
  recall: fraction('items of the right label that are among the first k, mean over queries'),
  mean_average_precision: fraction('average precision of the whole ranking, mean over queries'),
  layer: key('weight matrix: W1, W2, ..., V; or hidden layer whose features are scored: u1, u2, ...'),
  depth: count("the hidden layer's number"),
  feature_rms: number('root mean square of the features of 200 training rows'),
  threshold: number('an entry counts as non-zero when its absolute value exceeds this'),
  nonzero_fraction: fraction('entries above the threshold'),
  accuracy_of: key('rows that an accuracy is of: train or test'),
  read: key('how an accuracy is read: by a forward pass or of the auxiliary variables; on which test rows'),
  accuracy: fraction('rows classified rightly'),
  error_of: key(
    'whose error: of the training or the test rows; by the network itself or by a linear SVM on its features',
  ),
  error: fraction('rows classified wrongly'),
  unit: count('unit of the first hidden layer, from 0'),
  pixel_row: count("row of an image's pixel, from the top, from 0"),
  pixel_column: count("column of an image's pixel, from the left, from 0"),
  weight: number('weight from the pixel into the unit, 5 digits'),
}
