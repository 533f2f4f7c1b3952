/** @file Adapters of the tiny model that no training made, for what leaves and comes back. */
import { planExport } from '../../src/export/route.js';
import type { Method } from '../../src/method.js';
import { createRandom } from '../../src/tensor/random.js';
import { encodeAdapter } from '../../src/training/adapter.js';
import { tinyConfig } from './tiny-model.js';

/** Layers that are a module of their own in GPT-2. */
export const alone = ['output', 'fc_in', 'fc_out'];

export const configOf = (method: Method) => method.config.parse(method.usesRank ? { rank: 4 } : {});

/** An adapter of the tiny model whose tensors are all noise. */
export function noise(method: Method, targets: string[], config = configOf(method)): Uint8Array {
  const { trial } = planExport({ model: tinyConfig, method, config, targets });
  const random = createRandom(3);
  const { derived } = method.peft ?? {};
  const tensors = [...trial.adapters, ...trial.trainedBase].map((tensor) => {
    const { path, shape } = tensor;
    const name = 'name' in tensor ? tensor.name : '';
    const layer = trial.layers.find((each) => path.startsWith(each.path));
    const derive = derived?.[name];
    if (derive) return [path, derive(config, layer!.shape)] as const;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    // Places are whole numbers, and the first two are in any tensor.
    const isPlace = layer && method.weight?.tensors(layer.shape, config)[name]?.index;
    const draw = () => (isPlace ? random.integer(2) : 0.3 * random.normal());
    return [path, { shape, values: Float32Array.from({ length: size }, draw) }] as const;
  });
  // A kernel that training left a part of is made again from the first values.
  const first = method.init?.kernelFrom ? tensors.map(([path, value]) => [`first:${path}`, value] as const) : [];
  const { rank } = config as { rank: number };
  const ranks = Object.fromEntries(trial.layers.map(({ path }) => [path, rank]));
  const allocated = method.allocate ? { ranks } : {};
  return encodeAdapter(new Map([...tensors, ...first]), {
    method: method.name,
    config,
    targets,
    seed: 1,
    ...allocated,
  });
}
