/** @file Trials of all kinds, their peaks as predicted, and as measured on an open engine. */
import type { Attention } from '../../src/engine/chunk.js';
import type { Engine } from '../../src/engine/engine.js';
import type { EngineName } from '../../src/engine/traits.js';
import { predictMemory } from '../../src/memory/predict.js';
import type { Method } from '../../src/method.js';
import { initialValues, LoadedBase } from '../../src/models/base.js';
import { type ModelConfig, modelInput } from '../../src/models/config.js';
import { type PresetName, presetConfig } from '../../src/models/presets.js';
import { findOptimizer } from '../../src/registry.js';
import type { BaseDtype, ComputeDtype } from '../../src/tensor/base-dtypes.js';
import { createRandom } from '../../src/tensor/random.js';
import type { Checkpointing } from '../../src/training/checkpointing.js';
import type { Execution } from '../../src/training/execution.js';
import type { PlanOptions } from '../../src/training/plan-options.js';
import { train } from '../../src/training/trainer.js';
import { companionsOf } from './companions.js';
import { randomData, smallModels } from './small-models.js';

export interface Setting {
  model: ModelConfig;
  /** Default wasm. */
  engine?: EngineName;
  /** For predictions alone. Default: on the host. */
  accelerator?: boolean;
  batchSize: number;
  sequence: number;
  targets: string[];
  /** In place of the targets: every layer that the method can be put on. */
  everywhere?: true;
  classes?: number;
  accumulate?: number;
  dropout?: number;
  /** Default none. */
  checkpointing?: Checkpointing;
  /** Default: as the length suggests. */
  attention?: Attention;
  /** Default float32. */
  baseDtype?: BaseDtype;
  /** Default float32. */
  computeDtype?: ComputeDtype;
  /** For predictions alone. Default tree. */
  execution?: Execution;
  optimizer?: string;
  /** Of the optimizer; omitted: its defaults. */
  optimizerConfig?: object;
  /** Default 2. */
  steps?: number;
  /** Of the layers, where a method allocated them. */
  ranks?: Readonly<Record<string, number>>;
  /** Of the method; omitted: its defaults. */
  config?: Record<string, unknown>;
  /** From an adapter. */
  starts?: boolean;
}
/** A preset with room for what a method puts before the tokens. */
const roomy = (name: PresetName) => {
  const preset = presetConfig(name, 512);
  return { ...preset, contextLength: preset.contextLength + 8 };
};
export const nano: Setting = { model: roomy('nano'), batchSize: 4, sequence: 64, targets: ['query', 'value'] };
/** A model that reads fields or features has one row for each example. */
export const asManyRows = (model: ModelConfig, rows: number) =>
  ['fields', 'features'].includes(modelInput(model).kind) ? { batchSize: rows } : {};
const larger = 'a larger model whose scores and logits weigh more';
export const settings: [string, Setting][] = [
  ['a small model', nano],
  ['classification', { ...nano, classes: 3, sequence: 40 }],
  ['accumulated batches', { ...nano, batchSize: 2, sequence: 32, accumulate: 2 }],
  ['dropout', { ...nano, dropout: 0.1 }],
  [larger, { ...nano, model: roomy('micro'), batchSize: 1, sequence: 128 }],
  ...smallModels.map(({ model, ...task }): [string, Setting] => [
    `adapters everywhere in ${model.architecture}`,
    { ...nano, ...task, model, everywhere: true, sequence: 48, ...asManyRows(model, 4 * 48) },
  ]),
];

export const optimizerOf = ({ optimizer = 'adamw', optimizerConfig = {} }: Setting) =>
  findOptimizer(optimizer).build(findOptimizer(optimizer).config.parse(optimizerConfig));

export function planOf(method: Method, { model, targets, classes, ranks, sequence }: Setting): PlanOptions {
  return {
    model,
    method,
    sequence,
    config: method.config.parse({}),
    targets,
    ...companionsOf(method, { model, targets, config: method.config.parse({}), ...(classes ? { classes } : {}) }).plan,
    ...(classes ? { classes } : {}),
    ...(ranks ? { ranks } : {}),
  };
}

/** Settings of a method that writes examples: how many, and how long it learns to tell them, move no peak, and take most of its time. */
const brief = { examples: 8, discriminatorSteps: 2, discriminatorExamples: 8 };

const configOf = ({ synthesis, config }: Method, { config: own = {} }: Setting): Record<string, unknown> =>
  config.parse({ ...(synthesis && brief), ...own }) as Record<string, unknown>;

export function predicted(method: Method, setting: Setting, bytesPerElement = 4) {
  const { optimizer: _, optimizerConfig: __, ...rest } = setting;
  const config = configOf(method, setting);
  return predictMemory({
    ...rest,
    ...companionsOf(method, { ...setting, config }).plan,
    method,
    config,
    optimizer: optimizerOf(setting),
    bytesPerElement,
  });
}

const bases = new Map<ModelConfig, LoadedBase>();

/**
 * The base of a configuration, on the host: the same one for every training, so that its kernels are drawn and decomposed once.
 * Whoever trains on it disposes it, which leaves nothing of it on the device. Data are new each time, so none finds a calibration.
 */
function baseOf(config: ModelConfig): LoadedBase {
  const known = bases.get(config);
  if (known) return known;
  const base = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
  bases.set(config, base);
  return base;
}

/** Trains with what the setting says, on `engine`. */
export async function measured(engine: Engine, method: Method, setting: Setting, start?: Uint8Array) {
  const {
    model: config,
    targets,
    batchSize,
    accumulate = 1,
    dropout = 0,
    steps = 2,
    checkpointing,
    attention,
    baseDtype,
    computeDtype,
  } = setting;
  const model = baseOf(config);
  const data = randomData(setting);
  const options = {
    steps,
    batchSize,
    accumulate,
    dropout,
    checkpointing,
    attention,
    baseDtype,
    computeDtype,
    targets,
    learningRate: 1e-3,
    clipNorm: 1,
  };
  const own = configOf(method, setting);
  const companions = companionsOf(method, { ...setting, model: config, config: own });
  const result = await train({
    ...companions.input,
    ...(start && { start }),
    engine,
    model,
    method,
    config: own,
    optimizer: optimizerOf(setting),
    data,
    options,
  });
  companions.dispose();
  model.dispose();
  return result;
}
