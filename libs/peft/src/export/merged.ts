/** @file An adapter merged into the base model: the whole model with its changed kernels, as a Hugging Face folder. */

import type * as tfjs from '@tensorflow/tfjs-core';
import { linear } from '../engine/ops.js';
import type { BaseLayer, HostTensor, Method } from '../method.js';
import { toHost } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';
import type { TrialModel } from '../training/inject.js';
import { evaluationContext } from './folded.js';

/** Every parameter of the base whose value the trial changed, by path, on the host. The head is not one of them. */
export async function changedParameters(trial: TrialModel, method: Method): Promise<Map<string, HostTensor>> {
  const access = trial.access();
  const trained = trial.plan.trainedBase.filter(({ kind }) => kind !== 'head').map(({ path }) => path);
  const changed = await toHost(new Map(trained.map((path) => [path, access.tensor(path)])));
  const { weight } = method;
  if (weight === undefined) return changed;
  for (const { path, shape, config } of trial.plan.layers) {
    const kernel = access.tensor(`${path}.kernel`) as tfjs.Tensor2D;
    const bias = shape.bias ? (access.tensor(`${path}.bias`) as tfjs.Tensor1D) : undefined;
    const base: BaseLayer = { shape, kernel, ...(bias && { bias }), forward: (x) => linear(x, kernel, bias) };
    const merged = tf.tidy(() => {
      const context = evaluationContext(trial, path, config);
      const effective = weight.bias?.(base, context);
      return {
        [`${path}.kernel`]: weight.kernel(base, context).clone() as tfjs.Tensor,
        ...(effective && { [`${path}.bias`]: effective.clone() as tfjs.Tensor }),
      };
    });
    for (const [name, value] of await toHost(new Map(Object.entries(merged)))) changed.set(name, value);
    tf.dispose(merged);
  }
  return changed;
}
