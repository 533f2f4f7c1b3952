/** @file What a trial of some methods has besides its base model: a teacher, and an adapter to start from. */
import type { Method } from '../../src/method.js';
import { LoadedBase } from '../../src/models/base.js';
import { baseParameters, type ModelConfig } from '../../src/models/config.js';
import { findMethod } from '../../src/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import { encodeAdapter } from '../../src/training/adapter.js';
import { planTrial } from '../../src/training/plan.js';
import type { PlanOptions } from '../../src/training/plan-options.js';
import type { TrainInput } from '../../src/training/trainer.js';

interface Wanted {
  model: ModelConfig;
  targets: readonly string[];
  classes?: number;
  /** Of the method. */
  config: unknown;
}

/** Fields of a training and of its prediction; empty for a method that needs neither. */
export interface Companions {
  input: Pick<TrainInput, 'teacher' | 'start'>;
  plan: Pick<PlanOptions, 'teacher' | 'starts'>;
  dispose(): void;
}

/** A teacher of the same shape with other weights, and random adapters. */
export function companionsOf(method: Method, wanted: Wanted): Companions {
  const teaches = method.outputPenalty?.against.includes('teacher') ?? false;
  const { model, targets } = wanted;
  const lora = findMethod('lora');
  const classes = wanted.classes === undefined ? {} : { classes: wanted.classes };
  const adapterOf = (seed: number, config: unknown) => {
    const plan = planTrial({ model, method: lora, config, targets, ...classes });
    const random = createRandom(seed);
    const tensors = new Map(
      [...plan.adapters, ...plan.trainedBase].map(({ path, shape }) => [path, drawn(shape, 0.3, random)]),
    );
    return encodeAdapter(tensors, { method: 'lora', config, targets: [...targets], seed, ...classes });
  };
  const teacherConfig = lora.config.parse({ rank: 2 });
  const fields = Object.fromEntries(
    (method.startsFrom?.fields ?? []).map((field) => [field, (wanted.config as Record<string, unknown>)[field]]),
  );
  let input: Companions['input'] | undefined;
  const made = (): Companions['input'] => ({
    ...(teaches && {
      teacher: { model: otherBase(model), method: lora, adapter: adapterOf(21, teacherConfig) },
    }),
    ...(method.startsFrom && { start: adapterOf(22, lora.config.parse(fields)) }),
  });
  return {
    get input() {
      input ??= made();
      return input;
    },
    plan: {
      ...(teaches && { teacher: { model, method: lora, config: teacherConfig, targets, ...classes } }),
      ...(method.startsFrom && { starts: true }),
    },
    dispose: () => input?.teacher?.model.dispose(),
  };
}

function otherBase(config: ModelConfig): LoadedBase {
  const random = createRandom(20);
  const values = new Map(
    baseParameters(config).map(({ path, kind, shape }) => [
      path,
      kind === 'norm-gain' ? drawn(shape, 0, random, 1) : drawn(shape, 0.2, random),
    ]),
  );
  return new LoadedBase({ config, values, tokenizer: null });
}

function drawn(shape: readonly number[], deviation: number, random: ReturnType<typeof createRandom>, mean = 0) {
  const length = shape.reduce((size, dimension) => size * dimension, 1);
  return { shape: [...shape], values: Float32Array.from({ length }, () => mean + deviation * random.normal()) };
}
