/** @file Experiments of peft's method comparison as sweeps on a task and base of ours. */
import {
  CreateSweep,
  type MethodAxis,
  type PeftExperiment,
  type PeftExperimentSweeps,
  type PeftExperiments,
  schedules,
  type TrainingOptions,
} from '@rankforge/contracts';
import { type ModelConfig, PeftAdapterError, readExperiment } from '@rankforge/peft';
import { z } from 'zod';
import { groupBy } from '../platform/group-by.js';

interface Readable {
  axis: MethodAxis;
  training: Partial<TrainingOptions>;
}

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
  if (!(type in optimizers)) {
    throw new Refused(`optimizer_type: ${type} is not here; ${Object.keys(optimizers).join(' and ')} are`);
  }
  const parsed = optimizers[type as keyof typeof optimizers].safeParse(kwargs);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Refused(`optimizer_kwargs: ${[...path, message].join(': ')}`);
}

/** An experiment that cannot be run here, and why. */
class Refused extends Error {}

/**
 * Sweeps that run what can be run here; the rest comes back with the reason. Experiments that differ in targets or in
 * training options make several sweeps, since a sweep has one of each.
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
  const groups = [...groupBy(readable, ({ training }) => JSON.stringify(training)).values()];
  const { experiments: _, ...common } = request;
  const sweeps = groups.map((group, index) =>
    CreateSweep.parse({
      ...common,
      name: groups.length > 1 ? `${request.name} (${index + 1} of ${groups.length})` : request.name,
      methods: distinct(group.map(({ axis }) => axis)),
      training: group[0]!.training,
    }),
  );
  return { sweeps, refused };
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
    axis: {
      name: method,
      optimizer: optimizer.name,
      config: rest as MethodAxis['config'],
      optimizerConfig: optimizer.config,
      ...(typeof rank === 'number' ? { rank: [rank] } : {}),
      learningRate: [optimizer.learningRate],
    },
    training: {
      steps: said.max_steps,
      batchSize: said.batch_size,
      schedule,
      ...(said.grad_norm_clip > 0 ? { clipNorm: said.grad_norm_clip } : {}),
      dropout,
      targets,
      ...given,
    },
  };
}

/** Two experiments may be one configuration here, e.g. where they differ in how peft stores the adapter. */
const distinct = (axes: readonly MethodAxis[]): MethodAxis[] => [
  ...new Map(axes.map((axis) => [JSON.stringify(axis), axis])).values(),
];
