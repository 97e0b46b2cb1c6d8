/** What the claims of the DLAM paper share: its data sets and networks, and where their rows are. */
import type { Paper } from '../entry'
import type { Where } from '../table'

export const paper: Paper = { id: 'dlam-2020', name: 'DLAM 2020' }

/** Columns that select a curve. */
export const curveColumns = ['dataset', 'network', 'method', 'setting', 'seed', 'iteration']

interface Net {
  readonly name: string
  readonly dataset: string
  readonly network: string
}

/** Section 4.1: MNIST with 196 features, Fashion-MNIST with 784; two hidden layers of 100 or 500. */
const net =
  (name: string, dataset: string, features: number) =>
  (width: number): Net => ({
    name: `${name} ${width} x ${width}`,
    dataset,
    network: [features, width, width, 10].join('-'),
  })
export const mnist = [100, 500].map(net('MNIST', 'mnist', 196))
export const fashion = [100, 500].map(net('Fashion-MNIST', 'fashion-mnist', 784))
export const nets: readonly Net[] = [...mnist, ...fashion]

/** The rows of a method on a network; an empty setting is the paper's own, or for a baseline the authors' likely one. */
export const rowsOf = ({ dataset, network }: Net, method: string): Where => ({ dataset, network, method, setting: '' })
export const anySetting = ({ dataset, network }: Net, method: string): Where => ({ dataset, network, method })

/** 'SGD' of the paper is full-batch gradient descent (section 4.1.3). */
export const gradientMethods = ['gd', 'adagrad', 'adadelta']
export const baselines = [...gradientMethods, 'admm']
