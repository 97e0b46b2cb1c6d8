/** Table 2 of the DLAM paper, section 4.2.3: seconds per iteration on the 100 x 100 network, average of 150 iterations. */

export const rhos = [1e-4, 1e-3, 1e-2, 1e-1, 1] as const

interface Timed {
  readonly dataset: string
  readonly network: string
  readonly name: string
  /** seconds[i][j]: rho i, (j + 1) fifths of the training rows (55,000 of MNIST, 60,000 of Fashion-MNIST). */
  readonly seconds: readonly (readonly number[])[]
}

export const table2: readonly Timed[] = [
  {
    dataset: 'mnist',
    network: '196-100-100-10',
    name: 'MNIST',
    seconds: [
      [0.1692, 0.3216, 0.501, 0.7164, 0.9413],
      [0.2061, 0.4328, 0.6951, 0.9792, 1.2442],
      [0.3334, 0.6516, 1.0277, 1.3956, 1.7783],
      [0.4795, 0.9428, 1.4524, 1.959, 2.441],
      [0.7684, 1.481, 2.2626, 3.0299, 3.7504],
    ],
  },
  {
    dataset: 'fashion-mnist',
    network: '784-100-100-10',
    name: 'Fashion-MNIST',
    seconds: [
      [0.25, 0.5081, 0.8492, 1.1911, 1.5092],
      [0.298, 0.598, 0.9595, 1.3265, 1.6744],
      [0.4199, 0.8028, 1.2787, 1.7535, 2.2025],
      [0.5758, 1.0928, 1.723, 2.3261, 2.9234],
      [0.8795, 1.6464, 2.558, 3.4492, 4.2902],
    ],
  },
]
