/** @file Results that others published, put on a board of their own beside ours. */
import { z } from 'zod';
import { Json, text, whole } from './bounds.js';
import { Id, Slug, Timestamp } from './common.js';
import { CreateSweep } from './sweep.js';
import { SweepKind } from './sweep-kind.js';
import { TaskName } from './task-name.js';
import { TrainingOptions } from './training-options.js';

const bounded = text(300).min(1);
const count = whole(0, Number.MAX_SAFE_INTEGER);

/**
 * A result file of the method comparison of Hugging Face peft (`method_comparison/MetaMathQA/results/*.json`), as far
 * as it is read; other fields are dropped.
 */
export const PeftResult = z
  .object({
    run_info: z.object({
      experiment_name: bounded.regex(/^[^/]+\/[^/]+$/, 'expected METHOD/EXPERIMENT'),
      created_at: z.iso.datetime({ offset: true }),
      train_config: z.object({
        model_id: bounded,
        dtype: text(40),
        batch_size: count,
        max_steps: count,
        seed: whole(0, Number.MAX_SAFE_INTEGER),
        optimizer_type: text(100),
        optimizer_kwargs: z.object({ lr: z.number().optional() }),
      }),
      peft_config: z.object({ peft_type: text(60).nullish(), r: z.number().nullish() }).nullable(),
      error_msg: text(20_000).default(''),
    }),
    train_info: z
      .object({
        accelerator_memory_max: count.optional(),
        cuda_memory_max: count.optional().meta({ description: 'The same, in files of the earlier harness.' }),
        train_time: z.number().nonnegative(),
        file_size: count,
        num_trainable_params: count.optional().meta({ description: 'The earlier harness did not count them.' }),
        status: text(60),
        metrics: z.array(z.record(text(200), z.number().nullable())).max(10_000),
      })
      .refine(({ accelerator_memory_max: peak, cuda_memory_max: earlier }) => (peak ?? earlier) !== undefined, {
        path: ['accelerator_memory_max'],
        message: 'expected a number, here or in cuda_memory_max',
      }),
    meta_info: z.object({ dataset_info: z.record(text(300), z.object({ sha: text(100).nullish() })) }),
  })
  .meta({ id: 'PeftResult', description: 'A result file of peft’s method comparison.' });
export type PeftResult = z.infer<typeof PeftResult>;

/** A table of one of Flower's leaderboards of language models that were tuned in federations, as its page shows it. */
export const FlowerTable = z
  .strictObject({
    entries: z
      .array(
        z.strictObject({
          rank: whole(1, 10_000).optional(),
          team: text(200).default(''),
          model: bounded,
          communication: text(40)
            .nullable()
            .default(null)
            .meta({ description: 'What was sent, as printed: "2.9 GB".' }),
          average: z.number().min(0).max(100),
          scores: z
            .record(text(60).min(1), z.number().min(0).max(100))
            .meta({ description: 'Percentages of right answers by the heading of their column, e.g. `STEM`.' }),
          date: text(40).nullable().default(null),
        }),
      )
      .min(1)
      .max(1000),
  })
  .meta({ id: 'FlowerTable', description: 'A table of a FlowerTune leaderboard.' });
export type FlowerTable = z.infer<typeof FlowerTable>;

export const PublishedResult = z
  .object({
    id: Id,
    name: z.string(),
    task: TaskName,
    base: Slug,
    known: z.boolean().meta({ description: 'It was imported before; nothing was written.' }),
  })
  .meta({ id: 'PublishedResult' });
export type PublishedResult = z.infer<typeof PublishedResult>;

export const BoardList = z
  .object({
    boards: z.array(
      z.object({
        task: TaskName,
        title: z.string(),
        base: Slug,
        kind: SweepKind,
        published: z.boolean().meta({
          description:
            'Made of results that others published, or of runs that were trained elsewhere; the latter by their `runs:`.',
        }),
        newestAt: Timestamp.meta({
          description: 'When the newest sweep that has a result on it was made, or its newest result came in.',
        }),
      }),
    ),
  })
  .meta({ id: 'BoardList' });
export type BoardList = z.infer<typeof BoardList>;

/** An experiment of peft's method comparison: `experiments/METHOD/NAME/{adapter_config,training_params}.json`. */
const PeftExperiment = z.object({
  name: bounded,
  adapterConfig: z
    .record(text(100), Json)
    .nullable()
    .meta({ description: 'Null where there is no such file: every weight is trained.' }),
  trainingParams: z
    .object({
      optimizer_type: text(100).default('AdamW'),
      optimizer_kwargs: z.record(text(100), Json).default({}),
      lr_scheduler: text(100).nullable().default('cosine'),
      max_steps: whole(1).default(5000),
      batch_size: whole(1).default(4),
      grad_norm_clip: z.number().nonnegative().default(1),
    })
    .meta({ description: 'With the defaults of `default_training_params.json`.' }),
});
export type PeftExperiment = z.infer<typeof PeftExperiment>;

export const PeftExperiments = z
  .strictObject({
    ...CreateSweep.pick({ name: true, task: true, base: true, engine: true, memoryBudgetMiB: true, seed: true }).shape,
    training: TrainingOptions.pick({ steps: true, batchSize: true, sequenceLength: true, warmupSteps: true })
      .partial()
      .default({})
      .meta({ description: 'Replaces what the experiments say themselves.' }),
    experiments: z.array(PeftExperiment).min(1).max(500),
  })
  .meta({ id: 'PeftExperiments' });
export type PeftExperiments = z.infer<typeof PeftExperiments>;

export const PeftExperimentSweeps = z
  .object({
    sweeps: z.array(CreateSweep).meta({ description: 'One for each set of targets and training options.' }),
    refused: z.array(z.object({ name: z.string(), reason: z.string() })),
  })
  .meta({ id: 'PeftExperimentSweeps' });
export type PeftExperimentSweeps = z.infer<typeof PeftExperimentSweeps>;
