/**
 * The one door to TensorFlow: every module of the library imports `tf` from here, so that the engine is prepared
 * (environment, native binding) before its first use.
 */
import { prepare } from './load'

prepare()

import * as tf from '@tensorflow/tfjs-node-gpu'

export { tf }
