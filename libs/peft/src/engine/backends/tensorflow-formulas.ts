/** @file Activations, norms and softmax by operations of Rankforge's own, which the binding brings for the cores of the host. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { formulaKernels, geluOf } from '../formulas.js';
import { keep, type NodeBackend } from './tensorflow-kernels.js';

export function registerFormulas(): void {
  for (const { name, outputs } of formulaKernels) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'tensorflow',
      kernelFunc({ inputs, attrs, backend: opened }) {
        const backend = opened as NodeBackend;
        const { eps } = attrs as { eps?: number };
        const operands = Object.values(inputs) as tfjs.TensorInfo[];
        const attributes = eps === undefined ? [] : [{ name: 'eps', type: backend.binding.TF_ATTR_FLOAT, value: eps }];
        const made = backend.binding
          .executeOp(name, attributes, backend.getInputTensorIds(operands), outputs)
          .map((each): tfjs.TensorInfo => ({ ...keep(backend, each), dtype: 'float32' }));
        return outputs === 1 ? made[0]! : made;
      },
    });
  }
}

/**
 * Runs one of them.
 *
 * @throws Error saying to add the engine again, where the binding was compiled without them
 */
export function requireFormulas(): void {
  try {
    tf.tidy(() => geluOf(tf.scalar(0)));
  } catch (cause) {
    throw new Error(
      'Engine tensorflow has no operations of Rankforge: an earlier version added it. Add it again with `rankforge engine add ' +
        'tensorflow`, with --cuda for an NVIDIA GPU',
      { cause },
    );
  }
}
