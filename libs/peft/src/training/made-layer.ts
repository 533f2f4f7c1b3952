/** @file A single layer as a method's init makes it, before the trial is put together. */
import type { FirstStep, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import type { ModelAccess } from '../models/forward.js';
import { hostTensor } from '../parts/init/host.js';
import { toDevice } from '../tensor/host.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import type { Statistics } from './calibration-statistics.js';
import { layerValues } from './first-values.js';
import { type MergedLayer, mergedLayer } from './inject.js';
import { baseLayer, layerContext } from './layers.js';
import type { PlannedLayer } from './plan.js';

interface Surroundings {
  base: LoadedBase;
  method: Method;
  /** The trial's stream. */
  random: Random;
  layers: readonly PlannedLayer[];
  /** Access to the base with nothing in it. */
  access: ModelAccess;
  known: Statistics;
  firstStep: FirstStep;
}

/**
 * Its effective kernel and bias, which the caller disposes.
 *
 * @throws Error naming a method that makes no layers
 */
export function madeLayer(
  path: string,
  { base, method, random, layers, access, known, firstStep }: Surroundings,
): MergedLayer {
  const { weight, init } = method;
  if (!weight || !init) throw new Error(`${method.name} makes no layers: it cannot be calibrated layer after layer`);
  const index = layers.findIndex((layer) => layer.path === path);
  const layer = layers[index]!;
  const calibration = { firstStep, ...known.get(path)! };
  const first = layerValues(init, { base, random, layers, index, calibration });
  const tensors = Object.fromEntries(Object.entries(first.tensors).map(([name, value]) => [name, toDevice(value)]));
  const kernel = first.kernel && toDevice(hostTensor(first.kernel));
  const tensor = (name: string) => (kernel && name === `${path}.kernel` ? kernel : access.tensor(name));
  try {
    return mergedLayer(weight, baseLayer(layer, tensor), layerContext(layer, tensors));
  } finally {
    tf.dispose([...Object.values(tensors), ...(kernel ? [kernel] : [])]);
  }
}
