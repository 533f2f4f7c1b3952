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

/** What of `optimizer_kwargs` AdamW here can do. */
const AdamW = z.strictObject({
  lr: z.number().positive().default(1e-4),
  weight_decay: z.number().nonnegative().default(0.1),
});

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
  if (said.optimizer_type !== 'AdamW')
    throw new Refused(`optimizer_type: ${said.optimizer_type} is not here; AdamW is`);
  const adamw = AdamW.safeParse(said.optimizer_kwargs);
  if (!adamw.success) throw new Refused(`optimizer_kwargs: ${adamw.error.issues[0]!.message}`);
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
      optimizer: 'adamw',
      config: rest as MethodAxis['config'],
      optimizerConfig: { weightDecay: adamw.data.weight_decay },
      ...(typeof rank === 'number' ? { rank: [rank] } : {}),
      learningRate: [adamw.data.lr],
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
