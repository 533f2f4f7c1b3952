/** @file An adapter merged into the base model: the whole model with its changed kernels, as a Hugging Face folder. */

import type * as tfjs from '@tensorflow/tfjs-core';
import type { BaseLayer, HostTensor, LayerContext, Method, WeightPart } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import type { LoadedBase } from '../models/base.js';
import { factorPaths, type Held } from '../models/factors.js';
import { type ModelAccess, wholeTable } from '../models/forward.js';
import { toHost } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';
import { baseLayer, heldFactors, layerContext } from '../training/layers.js';
import type { PlannedLayer } from '../training/plan.js';
import type { TrialModel } from '../training/trial.js';
import { ExportError } from './error.js';

/** Why a layer cannot be merged whose method adds a bias, for people; undefined where it can. */
export const biasWithoutPlace = (
  { title, weight }: Pick<Method, 'title' | 'weight'>,
  { path, shape }: Pick<PlannedLayer, 'path' | 'shape'>,
): string | undefined =>
  weight?.addsBias && !shape.bias
    ? `${title} adds a bias to ${path}, and the model has no place for one there. Ask for the format 'peft'.`
    : undefined;

/**
 * Every parameter of the base whose value the trial changed, by path, on the host. The head is not one of them. Kernels that
 * the trial holds packed are made of the base's own values.
 *
 * @throws ExportError naming a layer whose bias the model has no place for
 * @param made the base that the trial stands on, and its method
 * @param left which kernels it leaves as two factors, see `leftConfig`. Default: all are whole
 */
export async function changedParameters(
  trial: TrialModel,
  { model, method }: { model: LoadedBase; method: Method },
  { factorRanks = {} }: Held = {},
): Promise<Map<string, HostTensor>> {
  const access = trial.access();
  const trained = trial.plan.trainedBase.filter(({ kind }) => kind !== 'head').map(({ path }) => path);
  const changed = await toHost(new Map(trained.map((path) => [path, access.tensor(path)])));
  const { ownRows } = access;
  if (ownRows) {
    const table = tf.tidy(() => wholeTable(access, ownRows.table));
    for (const [path, value] of await toHost(new Map([[ownRows.table, table]]))) changed.set(path, value);
    table.dispose();
  }
  const { weight } = method;
  if (weight === undefined) return changed;
  for (const { path, shape, config } of trial.plan.layers) {
    const refused = biasWithoutPlace(method, { path, shape });
    if (refused !== undefined) throw new ExportError(refused);
    const merged = tf.tidy(() => {
      const base = wholeLayer({ path, shape }, { model, tensor: access.tensor });
      const context = layerContext({ path, config }, trial.layerTensors(path));
      const effective = weight.bias?.(base, context);
      const held =
        factorRanks[path] === undefined
          ? { [`${path}.kernel`]: weight.kernel(base, context).clone() }
          : leftFactors(path, weight, { base, context, tensor: access.tensor });
      return {
        ...held,
        ...(effective && { [`${path}.bias`]: effective.clone() as tfjs.Tensor }),
      };
    });
    for (const [name, value] of await toHost(new Map(Object.entries(merged)))) changed.set(name, value);
    tf.dispose(merged);
  }
  return changed;
}

/** The frozen layer with the kernel that the base has. One that is packed on the device is uploaded, and the scope frees it. */
function wholeLayer(
  { path, shape }: Pick<LinearLayer, 'path' | 'shape'>,
  { model, tensor }: { model: LoadedBase; tensor: ModelAccess['tensor'] },
): BaseLayer {
  const { packed, ...whole } = shape;
  if (packed === undefined) return baseLayer({ path, shape }, tensor);
  const { shape: size, values } = model.host(`${path}.kernel`);
  const kernel = tf.tensor(values, size);
  return baseLayer({ path, shape: whole }, (name) => (name === `${path}.kernel` ? kernel : tensor(name)));
}

/** The adapter's own factors; or those that the kernel was held as with the update's beside them: `a·b + c·d = [a | c]·[b ; d]`. */
function leftFactors(
  path: string,
  { leaves, lowRank }: WeightPart<unknown>,
  {
    base: { shape },
    context,
    tensor,
  }: { base: BaseLayer; context: LayerContext<unknown>; tensor: ModelAccess['tensor'] },
): Record<string, tfjs.Tensor> {
  const [pathA, pathB] = factorPaths(`${path}.kernel`);
  if (leaves) {
    const { a, b } = leaves.factors(shape, context);
    return { [pathA]: a.clone(), [pathB]: b.clone() };
  }
  const held = heldFactors(path, tensor);
  const update = lowRank!.factors(shape, context);
  return { [pathA]: tf.concat([held.a, update.a], 1), [pathB]: tf.concat([held.b, update.b], 0) };
}
