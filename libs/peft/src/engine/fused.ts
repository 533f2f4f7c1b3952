/** @file Records a fused operation with a hand-written gradient, saving only what a needed gradient reads. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf } from '../tensor/tf.js';
import { needsGradient } from './recording.js';

/** One differentiable operand and its gradient: `(dy, saved)` → gradient of the operand's shape. */
export type Operand<S> = readonly [tensor: tfjs.Tensor, gradient: (dy: tfjs.Tensor, saved: S) => tfjs.Tensor];

/**
 * Runs `forward` as one recorded operation.
 *
 * @param operands the differentiable operands; the gradient of one that needs none is never computed
 * @param forward returns the value, and the tensors to save by name for the gradients
 * @param prepare computed once per backward pass and added to `saved`, for what several gradients share
 */
export function fused<T extends tfjs.Tensor, S extends Record<string, tfjs.Tensor>>(
  operands: readonly Operand<S>[],
  forward: () => { value: T; save: S },
  prepare?: (dy: tfjs.Tensor, saved: S) => Record<string, tfjs.Tensor>,
): T {
  const needed = operands.filter(([tensor]) => needsGradient(tensor));
  if (needed.length === 0) {
    return tf.tidy(() => forward().value);
  }
  const operation = tf.customGrad<T>((...inputs) => {
    const save = inputs[inputs.length - 1] as tfjs.GradSaveFunc;
    const { value, save: named } = forward();
    const names = Object.keys(named);
    save(Object.values(named));
    return {
      value,
      gradFunc: (dy: T, saved: tfjs.Tensor[]) => {
        const byName = Object.fromEntries(names.map((name, index) => [name, saved[index]!])) as S;
        const available = { ...byName, ...prepare?.(dy, byName) };
        return needed.map(([, gradient]) => tf.tidy(() => gradient(dy, available)));
      },
    };
  });
  return operation(...needed.map(([tensor]) => tensor));
}

/** `tensors` without the entries whose `when` is false. */
export function saveWhen(
  ...entries: readonly (readonly [name: string, tensor: tfjs.Tensor, when: boolean])[]
): Record<string, tfjs.Tensor> {
  return Object.fromEntries(entries.filter(([, , when]) => when).map(([name, tensor]) => [name, tensor]));
}
