/** @file Bases that hold kernels as two factors, and the same with whole kernels: made by compressing a small model, and trained. */
import { openEngine } from '../../src/engine/engine.js';
import { mergedBase } from '../../src/export/merged-base.js';
import { predictMemory } from '../../src/memory/predict.js';
import type { Method } from '../../src/method.js';
import { initialValues, LoadedBase } from '../../src/models/base.js';
import { baseParameters, type ModelConfig, withWholeKernels } from '../../src/models/config.js';
import { presetConfig } from '../../src/models/presets.js';
import { findMethod, findOptimizer } from '../../src/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import { tf } from '../../src/tensor/tf.js';
import { readAdapter } from '../../src/training/adapter.js';
import { restore } from '../../src/training/evaluate.js';
import { objectiveOf } from '../../src/training/loss.js';
import { type TrainInput, type TrainResult, train } from '../../src/training/trainer.js';
import { companionsOf } from './companions.js';
import { everyTarget, randomData } from './small-models.js';

export interface Setting {
  model: ModelConfig;
  classes?: number;
}

/** Layers that LoRA can be put on: tables of embeddings are no targets here. */
export const linearTargets = (model: ModelConfig) => everyTarget(model, findMethod('lora'));

export const [sequence, batchSize] = [48, 4];
const nano = presetConfig('nano', 512);
export const roomy: Setting = { model: { ...nano, contextLength: nano.contextLength + 8 } };

/** Kernels large enough that singular values and rescalings matter. */
function plainBase(model: ModelConfig): LoadedBase {
  const values = initialValues(model, createRandom(1));
  for (const [path, { values: kernel }] of values) {
    if (path.endsWith('.kernel')) for (const [index, value] of kernel.entries()) kernel[index] = 5 * value;
  }
  return new LoadedBase({ config: model, values, tokenizer: null });
}

/** A training of two steps by plain SGD, where nothing else is said. */
export async function run(
  base: LoadedBase,
  method: Method,
  { model, classes }: Setting,
  more: Partial<TrainInput> = {},
) {
  const config = method.config.parse(more.config ?? {});
  const given = { model, targets: linearTargets(model), config, ...(classes ? { classes } : {}) };
  const companions = companionsOf(method, given);
  const losses: number[] = [];
  const { optimizer = findOptimizer('sgd').build({}), ...rest } = more;
  const result = await train({
    ...companions.input,
    engine: await openEngine('wasm'),
    model: base,
    method,
    config,
    optimizer,
    // Anew, so that every training draws the same.
    data: randomData({ model, sequence, ...(classes ? { classes } : {}) }),
    ...rest,
    options: {
      clipNorm: null,
      steps: 2,
      batchSize,
      targets: linearTargets(model),
      learningRate: 1e-2,
      ...more.options,
    },
    onEvent: (event) => {
      if (event.type === 'step') losses.push(event.loss);
    },
  });
  companions.dispose();
  return { ...result, losses };
}

/** The base that a compression leaves, its kernels whole and as factors. */
export async function compressed(setting: Setting, name: string, config: object = {}) {
  const method = findMethod(name);
  const base = plainBase(setting.model);
  const { adapter } = await run(base, method, setting, { config, options: { steps: 0 } as TrainInput['options'] });
  const whole = await mergedBase(base, method, adapter!);
  const held = await mergedBase(base, method, adapter!, { factors: true });
  base.dispose();
  return { method, base, adapter: adapter!, whole, held };
}

/** The prediction for a training that was run. */
export function predicted(base: LoadedBase, method: Method, { adapter }: TrainResult, more: object = {}) {
  const { config, ranks, classes, targets } = readAdapter(adapter!).info;
  return predictMemory({
    ...companionsOf(method, { model: withWholeKernels(base.config), targets, config, ...(classes ? { classes } : {}) })
      .plan,
    model: base.config,
    method,
    config,
    targets,
    batchSize,
    sequence,
    optimizer: findOptimizer('sgd').build({}),
    ...(ranks ? { ranks } : {}),
    ...(classes ? { classes } : {}),
    ...more,
  });
}

/** Logits of the first batch, with an adapter or without. */
export function logitsOf(base: LoadedBase, { model, classes }: Setting, by?: { method: Method; adapter: Uint8Array }) {
  const data = randomData({ model, sequence, ...(classes ? { classes } : {}) });
  const trial = restore(base, by!.method, by!.adapter);
  const batch = data.train.batch([0, 1, 2, 3]);
  const logits = tf.tidy(() => objectiveOf(data.objective).logits(model, batch, trial.access(), 64).dataSync());
  trial.dispose();
  return Float32Array.from(logits);
}

export const bytesOf = (config: ModelConfig) =>
  4 * baseParameters(config).reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);
