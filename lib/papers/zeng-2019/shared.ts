/**
 * What the claims of Zeng et al. share. Their text prints no accuracy: numbers come from Fig. 1, from the public code and its stored
 * outputs (github.com/timlautk/BCD-for-DNNs-PyTorch) and, where said, from an independent replication.
 */
import type { Paper } from '../entry'

export const paper: Paper = { id: 'zeng-2019', name: 'Zeng, Lau et al. 2019' }

/** Columns that select a curve. */
export const curveColumns = ['dataset', 'network', 'method', 'setting', 'seed', 'iteration']

/** Ten hidden layers of 600 on MNIST; gamma = rho = alpha = 1, where the method's default for alpha is 5. */
const tenLayers = { dataset: 'mnist', network: ['784', ...Array.from({ length: 10 }, () => '600'), '10'].join('-') }
export const deepBcd = { ...tenLayers, method: 'proximal-bcd', setting: 'alpha=1' }
/** The same by the printed updates. */
export const deepBcdDirect = { ...deepBcd, setting: 'alpha=1;form=direct' }
/** Rows with an empty setting: N(0, 0.01) start, squared error, batch 512, no momentum, learning rate 0.001. */
export const deepSgd = { ...tenLayers, method: 'sgd', setting: '' }
export const anyDeepSgd = { ...tenLayers, method: 'sgd' }
