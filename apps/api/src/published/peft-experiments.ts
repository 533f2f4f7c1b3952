/** @file Experiments of peft's method comparison as sweeps on a task and base of ours. */
import {
  CreateSweep,
  cutText,
  flatIssues,
  groupBy,
  longestSweepName,
  MethodAxis,
  maxMethodsPerSweep,
  type PeftExperiment,
  type PeftExperimentSweeps,
  type PeftExperiments,
  schedules,
  type TrainingOptions,
} from '@rankforge/contracts';
import { type ModelConfig, PeftAdapterError, readExperiment } from '@rankforge/peft';
import { z } from 'zod';

interface Readable {
  axis: MethodAxis;
  training: CreateSweep['training'];
}

/** Fields of a sweep by the names that the comparison has for them. */
const theirNames: Readonly<Record<string, string>> = {
  steps: 'max_steps',
  batchSize: 'batch_size',
  clipNorm: 'grad_norm_clip',
} satisfies Partial<Record<keyof TrainingOptions, string>>;

const lr = z.number().positive();
const decay = z.number().nonnegative();

/** Optimizers by the comparison's names, and what of their `optimizer_kwargs` can be done here. */
const optimizers = {
  AdamW: z
    .strictObject({ lr: lr.default(1e-4), weight_decay: decay.default(0.1) })
    .transform((said) => ({ name: 'adamw', learningRate: said.lr, config: { weightDecay: said.weight_decay } })),
  'lora-fa': z
    .strictObject({ lr, weight_decay: decay.default(0), r: z.int().min(1), lora_alpha: z.number().positive() })
    .transform((said) => ({
      name: 'lora-fa',
      learningRate: said.lr,
      // These are the defaults of Python peft.
      config: { weightDecay: said.weight_decay, scaling: said.lora_alpha / said.r, epsilon: 1e-6 },
    })),
};

function optimizerOf({ optimizer_type: type, optimizer_kwargs: kwargs }: PeftExperiment['trainingParams']) {
  if (!Object.hasOwn(optimizers, type)) {
    throw new Refused(`optimizer_type: ${type} is not here; ${Object.keys(optimizers).join(' and ')} are`);
  }
  const parsed = optimizers[type as keyof typeof optimizers].safeParse(kwargs);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Refused(`optimizer_kwargs: ${[...path, message].join(': ')}`);
}

/** An experiment that cannot be run here, and why. */
class Refused extends Error {}

/** A value as a sweep takes it. @throws Refused naming the first field that it does not take */
function taken<S extends z.ZodType>(schema: S, value: z.input<S>): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = flatIssues(parsed.error.issues)[0]!;
  // The place within a list of one value says nothing.
  const names = path.filter((part) => typeof part === 'string').map((part) => theirNames[part] ?? part);
  throw new Refused([...names, message].join(': '));
}

/**
 * Sweeps that run what can be run here; the rest comes back with the reason. Experiments that differ in targets or in
 * training options make several sweeps, since a sweep has one of each, and so do more methods than one takes.
 */
export function sweepsOf(request: PeftExperiments, model: ModelConfig): PeftExperimentSweeps {
  const readable: Readable[] = [];
  const refused: PeftExperimentSweeps['refused'] = [];
  for (const experiment of request.experiments) {
    try {
      readable.push(read(experiment, request.training, model));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof PeftAdapterError)) throw error;
      refused.push({ name: experiment.name, reason: error.message });
    }
  }
  const parts = [...groupBy(readable, ({ training }) => JSON.stringify(training)).values()].flatMap((group) =>
    cut(distinct(group.map(({ axis }) => axis)), maxMethodsPerSweep).map((methods) => ({
      methods,
      training: group[0]!.training,
    })),
  );
  const { experiments: _, ...common } = request;
  const sweeps = parts.map((part, index) =>
    CreateSweep.parse({ ...common, ...part, name: nameOf(request.name, index, parts.length) }),
  );
  return { sweeps, refused };
}

/** The name of one of several sweeps, within what a name may have. */
function nameOf(name: string, index: number, sweeps: number): string {
  if (sweeps === 1) return name;
  const ending = ` (${index + 1} of ${sweeps})`;
  return `${cutText(name, longestSweepName - ending.length)}${ending}`;
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function read(experiment: PeftExperiment, given: PeftExperiments['training'], model: ModelConfig): Readable {
  const { adapterConfig, trainingParams: said } = experiment;
  const optimizer = optimizerOf(said);
  const schedule = schedules.find((name) => name === (said.lr_scheduler ?? 'constant'));
  if (!schedule) throw new Refused(`lr_scheduler: ${said.lr_scheduler} is none of ${schedules.join(', ')}`);
  const { method, config, targets, dropout } = readExperiment({
    model,
    ...(adapterConfig === null ? {} : { config: adapterConfig }),
  });
  const { rank, ...rest } = config as Record<string, unknown>;
  return {
    axis: taken(MethodAxis, {
      name: method,
      optimizer: optimizer.name,
      config: rest as MethodAxis['config'],
      optimizerConfig: optimizer.config,
      ...(typeof rank === 'number' ? { rank: [rank] } : {}),
      learningRate: [optimizer.learningRate],
    }),
    training: taken(CreateSweep.shape.training, {
      steps: said.max_steps,
      batchSize: said.batch_size,
      schedule,
      ...(said.grad_norm_clip > 0 ? { clipNorm: said.grad_norm_clip } : {}),
      dropout,
      targets,
      ...given,
    }),
  };
}

/** Two experiments may be one configuration here, e.g. where they differ in how peft stores the adapter. */
const distinct = (axes: readonly MethodAxis[]): MethodAxis[] => [
  ...new Map(axes.map((axis) => [JSON.stringify(axis), axis])).values(),
];
