export * from './architecture'
export { forward } from './forward'
export { cloneWeights, disposeWeights, heNormal, type Weights } from './weights'
