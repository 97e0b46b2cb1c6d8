/**
 * Tables of the shape that each notebook is to write for the claims it decides, with made-up numbers: which data sets, networks,
 * methods and settings the claims ask for.
 */
import type { Row, Table } from 'blockwise/dist/papers/table'

type Keys = Readonly<Record<string, readonly (string | number | null)[]>>

/** Every combination of the keys, with the metrics made from the row and its place. */
function product(keys: Keys, metrics: (row: Row, i: number) => Row): Table {
  let rows: Row[] = [{}]
  for (const [column, values] of Object.entries(keys))
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [column]: value })))
  return rows.map((row, i) => ({ ...row, ...metrics(row, i) }))
}

const seeds = [0, 1]
const iterations = Array.from({ length: 41 }, (_, t) => t)
const rules = ['sgd', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam'].map((rule) => `caffe-${rule}`)
/** Falls, and differs from row to row. */
const falling = ({ iteration }: Row, i: number): number => (1 + (i % 7) / 70) / (1 + Number(iteration)) ** 2
const rising = (row: Row, i: number): number => 1 - falling(row, i)
const all = (names: readonly string[], value: number): Row => Object.fromEntries(names.map((name) => [name, value]))

const accuracies = (row: Row, i: number): Row =>
  all(['train_accuracy', 'test_accuracy', 'test_accuracy_200', 'train_accuracy_auxiliary'], rising(row, i))
const progress = (row: Row, i: number): Row => ({
  ...all(['objective', 'train_loss', 'change', 'subgradient_norm', 'descent_bound', 'descent_margin'], falling(row, i)),
  ...all(
    ['u', 'v', 'w', 'b'].map((block) => `residual_${block}`),
    falling(row, i),
  ),
  ...all(
    ['u', 'v', 'w'].map((block) => `change_${block}`),
    falling(row, i),
  ),
})
const traced = (row: Row, i: number): Row => ({ ...progress(row, i), ...accuracies(row, i) })
const error = (_: Row, i: number): Row => ({ svm_test_error: 0.02 + (i % 5) / 100 })
const clock = ({ iteration }: Row): Row => ({ seconds: 0.5 * Number(iteration) })
const nonzero = (_: Row, i: number): Row => ({ nonzero_fraction: ((i % 10) + 1) / 11, w_gap: 0.009 })
const sparsity = { layer: ['W1', 'W2', 'W3', 'V'], threshold: [0, 1e-6, 1e-2] }

const both = ['mnist', 'fashion-mnist']
const key = (methods: readonly string[], settings: readonly string[] = ['']): Keys => ({
  dataset: ['mnist'],
  method: methods,
  setting: settings,
  seed: seeds,
})
const deep = ['784', ...Array.from({ length: 10 }, () => '600'), '10'].join('-')
const dlamNets = [196, 784].flatMap((features) => [100, 500].map((width) => `${features}-${width}-${width}-10`))

export const notebookTables: Readonly<Record<string, Readonly<Record<string, Table>>>> = {
  '01-tikhonov-bcd': {
    'trace.csv': product({ ...key(['tikhonov-bcd']), iteration: iterations }, progress),
    'errors.csv': product(key(['tikhonov-bcd', ...rules], ['']), error),
    'seconds.csv': product({ ...key(['tikhonov-bcd', ...rules]), iteration: iterations }, clock),
    'sparsity.csv': product({ ...key(['tikhonov-bcd']), ...sparsity }, nonzero),
  },
  '02-bcd-s-sparsity': {
    'trace.csv': product({ ...key(['tikhonov-bcd', 'bcd-s']), iteration: iterations }, progress),
    'errors.csv': product(key(['tikhonov-bcd', 'bcd-s', ...rules]), error),
    'sparsity.csv': product({ ...key(['tikhonov-bcd', 'bcd-s']), ...sparsity }, nonzero),
  },
  '03-proximal-bcd': {
    'trace.csv': product(
      {
        ...key(['proximal-bcd'], ['', 'alpha=1', 'alpha=0.01', 'gamma=0.1;alpha=4']),
        dataset: both,
        network: ['784-1500-1500-1500-10', '784-2048-2048-2048-10', '784-784-784-784-10-nobias'],
        iteration: iterations,
      },
      traced,
    ),
  },
  '04-dlam-rho-timing': {
    'rho-timing.csv': product(
      {
        dataset: both,
        network: dlamNets,
        n: [100, 200, 300, 400, 500],
        rho: [1e-4, 1e-3, 1e-2, 1e-1, 1],
        backtracking: ['printed', 'exact'],
      },
      ({ n, rho }) => ({
        seconds_per_iteration: Number(n) * (5 + Math.log10(Number(rho))),
        doublings_per_iteration: 5 + Math.log10(Number(rho)),
        mean_seconds: Number(n) * (5 + Math.log10(Number(rho))),
      }),
    ),
  },
  '05-dlam-convergence': {
    'trace.csv': product(
      {
        ...key(['dlam', 'gd', 'adagrad', 'adadelta', 'admm'], ['', 'lr=1']),
        dataset: both,
        network: dlamNets,
        iteration: iterations,
      },
      traced,
    ),
  },
  '06-ten-layers': {
    'trace.csv': product(
      {
        ...key(['proximal-bcd', 'sgd'], ['', 'alpha=1', 'alpha=1;form=direct', 'lr=0.1']),
        network: [deep],
        iteration: iterations,
      },
      traced,
    ),
    'memory.csv': product({ ...key(['proximal-bcd', 'sgd'], ['', 'alpha=1']), network: [deep] }, (_, i) => ({
      peak_tensor_bytes: 1e9 + i,
    })),
  },
  '07-closed-form': {
    'trace.csv': product(
      { ...key(['closed-form-bcd'], ['', 'project=true']), dataset: both, iteration: iterations },
      traced,
    ),
  },
  '08-dropout': {
    'trace.csv': product(
      {
        ...key(['sgd', 'admm', 'adam', 'adamax', 'proximal-bcd', 'closed-form-bcd'], ['', 'lr=0.002']),
        dataset: ['fashion-mnist'],
        iteration: iterations,
      },
      traced,
    ),
  },
  '09-hashing': {
    'retrieval.csv': product(
      {
        ...key(['tikhonov-bcd', 'admm', 'raw-pixels', 'random-features', 'linear-svm']),
        dataset: ['mnist', 'cifar-10'],
        bits: [16, 64],
        k: [100, 1000, null],
      },
      ({ k }, i) => ({
        precision: k === null ? null : 0.5 + (i % 3) / 10,
        recall: k === null ? null : 0.4 + (i % 3) / 10,
        mean_average_precision: k === null ? 0.3 + (i % 3) / 10 : null,
      }),
    ).flatMap((row) =>
      row.method === 'tikhonov-bcd'
        ? ['inner_cap=100', 'theta=0.5;inner_cap=100'].map((setting) => ({ ...row, setting }))
        : [row],
    ),
  },
  '10-convergence': {
    'trace.csv': product(
      {
        ...key(
          ['proximal-bcd', 'two-splitting-bcd', 'prox-linear-bcd', 'residual-bcd'],
          ['', 'loss=logistic', 'loss=exponential', 'activation=tanh', 'activation=softplus', 'activation=polynomial'],
        ),
        network: ['784-100-10'],
        iteration: iterations,
      },
      (row, i) => ({ ...progress(row, i), relative_error: falling(row, i), broken: '' }),
    ),
  },
}
