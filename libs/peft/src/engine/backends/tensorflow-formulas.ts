/** @file Activations, norms and attention by operations of Rankforge's own, which the binding brings for the cores of the host. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { biasAdded, type FormulaAttributes, formulaKernels } from '../formulas.js';
import { shareBuffer } from '../meter.js';
import { keep, type NodeBackend } from './tensorflow-kernels.js';

export function registerFormulas(): void {
  for (const { name, outputs, isInPlace } of formulaKernels) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'tensorflow',
      kernelFunc({ inputs, attrs, backend: opened }) {
        const backend = opened as NodeBackend;
        const { floats = {}, integers = {} } = attrs as FormulaAttributes;
        const operands = Object.values(inputs) as tfjs.TensorInfo[];
        const typed = (type: number, values: Readonly<Record<string, number>>) =>
          Object.entries(values).map(([name, value]) => ({ name, type, value }));
        const { TF_ATTR_FLOAT, TF_ATTR_INT } = backend.binding;
        const attributes = [...typed(TF_ATTR_FLOAT, floats), ...typed(TF_ATTR_INT, integers)];
        const made = backend.binding
          .executeOp(name, attributes, backend.getInputTensorIds(operands), outputs)
          .map((each): tfjs.TensorInfo => ({ ...keep(backend, each), dtype: 'float32' }));
        if (isInPlace) shareBuffer(made[0]!.dataId, operands[0]!.dataId);
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
    tf.tidy(() => biasAdded(tf.zeros([1, 1]), tf.zeros([1])));
  } catch (cause) {
    throw new Error(
      'Engine tensorflow has no operations of Rankforge: an earlier version added it. Add it again with `rankforge engine add ' +
        'tensorflow`, with --cuda for an NVIDIA GPU',
      { cause },
    );
  }
}
