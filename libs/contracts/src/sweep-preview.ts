/** @file The preview of a sweep: the trials that it would have, before it is made. */
import { z } from 'zod';
import { contenderFields } from './contender.js';
import { Limits } from './measures/limits.js';
import { MemoryByPart } from './memory.js';
import { ReadLengths } from './read-lengths.js';
import { ShownConfig } from './shown-config.js';
import { Fitted } from './trial-spec.js';

/** One configuration of a preview: all its seeds and budgets together. */
export const PreviewRow = z.object({
  ...contenderFields,
  rank: z.number().int().nullable(),
  learningRate: z.number().nullable().meta({ description: 'Null where nothing is trained.' }),
  config: ShownConfig,
  steps: z.number().int(),
  seeds: z.number().int(),
  scenario: z.string().optional().meta({ description: 'Of a federation: see `scenario` of a board.' }),
  messages: z
    .object({ up: z.number(), down: z.number(), setUp: z.object({ up: z.number(), down: z.number() }) })
    .optional()
    .meta({ description: 'Of a federation: predicted bytes of all messages, from clients and to them.' }),
  epsilon: z.number().optional().meta({ description: 'Of a federation whose noise bounds it: predicted.' }),
  warning: z.string().optional().meta({ description: 'Said of what is allowed and hardly meant.' }),
  fitted: Fitted.optional(),
  microBatch: z.number().int().meta({ description: 'Examples of one forward pass.' }).optional(),
  trainableParameters: z.number().int(),
  notice: z.string().optional().meta({
    description:
      'Tensors that the optimizer leaves to another rule than its own, and options that are of no use to it or to the method, and why; absent: none.',
  }),
  neverFired: z.array(z.string()).optional().meta({
    description:
      'What the method or the optimizer repeats after some steps, and never comes to in this run, e.g. `galore: never refreshes its subspace in 100 steps (gap 200)`; absent: nothing.',
  }),
  wholeKernels: z.string().optional().meta({
    description:
      'Why kernels are whole here that the model it starts from could hold as two factors, e.g. `trains kernels`.',
  }),
  predicted: MemoryByPart,
  budgets: z.array(
    z.object({
      memoryBudgetMiB: z.number(),
      limits: Limits.optional(),
      fits: z.boolean(),
      reason: z.string().optional(),
      impliedByRank: z
        .number()
        .int()
        .optional()
        .meta({ description: 'The smaller rank that does not fit, by which this one is not run.' }),
    }),
  ),
  known: z.number().int().meta({ description: 'Trials of this row whose result is known already.' }),
});
export type PreviewRow = z.infer<typeof PreviewRow>;

export const SweepPreview = z
  .object({
    trials: z.number().int().meta({ description: 'Without the scorings.' }),
    scorings: z.number().int().meta({ description: 'Scorings that follow, which are trials of the sweep too.' }),
    toRun: z.number().int().meta({
      description:
        'Trainings that will really run: known, linked and over-budget trials are not. With those of a fair protocol whose settings the tuning chooses.',
    }),
    known: z.number().int(),
    overBudget: z.number().int(),
    implied: z
      .number()
      .int()
      .meta({ description: 'Those of them that are not run because a smaller rank does not fit.' }),
    estimatedSeconds: z.number().nullable().meta({
      description:
        'From step times measured on this installation, over the slots of live workers; null when nothing comparable has run.',
    }),
    sampled: z.boolean().meta({
      description:
        'The search decides while it runs what is tried: the rows are ends and middles of its axes, and nothing of it is known.',
    }),
    lengths: ReadLengths.optional().meta({
      description:
        'What the length of an example cuts, where the task is a data set of this installation. Absent: nothing of its examples can be cut, they lie at sites, or they could not be read.',
    }),
    rows: z.array(PreviewRow).max(2000),
    truncated: z.boolean(),
  })
  .meta({ id: 'SweepPreview' });
export type SweepPreview = z.infer<typeof SweepPreview>;

/** Trials that a training serves beside another trial: of another budget, rank or scenario. */
export const sharingTrials = ({ trials, toRun, known, overBudget }: SweepPreview): number =>
  Math.max(0, trials - toRun - known - overBudget);
