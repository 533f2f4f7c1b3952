/** @file Entry `@rankforge/peft/engine`: operations and differentiation, for measuring them and for new model code. */
export { tf } from '../tensor/tf.js';
export { differentiate, disposeGradients } from './autograd.js';
export { openEngine } from './engine.js';
export { linear, matMul } from './ops.js';
