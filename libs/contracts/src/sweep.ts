/** @file A sweep: the request that expands to trials, its preview and its views. */
import { z } from 'zod';
import { Id, PageQuery, pageOf, Slug, Timestamp } from './common.js';
import { MemoryByPart } from './memory.js';
import { TaskName } from './task-name.js';
import { EngineName, TrainingOptions, TrialState, trialStates } from './trial.js';

/** A sweep that expands beyond this many trials is refused with the count. */
export const maxTrialsPerSweep = 20_000;

const unique = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .min(1)
    .max(256)
    .superRefine((values, context) => {
      const seen = new Set<string>();
      values.forEach((value, index) => {
        const key = JSON.stringify(value);
        if (seen.has(key)) {
          context.addIssue({
            code: 'custom',
            path: [index],
            message: `duplicate value ${key}: each value of an axis may stand once`,
          });
        }
        seen.add(key);
      });
    });

const Rank = z.number().int().min(1).max(65_536);
const LearningRate = z.number().positive().max(100);
const Scalar = z.union([z.string().max(200), z.number(), z.boolean()]);

/**
 * One method of a sweep with its own axes. A list in `config` is an axis; `rank` and `learningRate` here replace the
 * sweep's axes for this method only.
 */
export const MethodAxis = z
  .strictObject({
    name: Slug,
    optimizer: Slug.default('adamw'),
    config: z.record(z.string().max(64), z.union([Scalar, unique(Scalar)])).default({}),
    optimizerConfig: z.record(z.string().max(64), z.union([Scalar, unique(Scalar)])).default({}),
    rank: unique(Rank).optional(),
    learningRate: unique(LearningRate).optional(),
    from: Slug.optional().meta({
      description:
        'An imported adapter of this method to start from. Its configuration, rank and targets hold; 0 steps evaluate it.',
    }),
  })
  .meta({ id: 'MethodAxis' });
export type MethodAxis = z.infer<typeof MethodAxis>;

export const Search = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grid') }),
  z.strictObject({
    kind: z.literal('random'),
    trials: z.number().int().min(1).max(maxTrialsPerSweep).meta({
      description: 'Configurations drawn without replacement from the grid; each runs with every seed and budget.',
    }),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0),
  }),
]);

export const CreateSweep = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    task: TaskName,
    base: Slug,
    engine: EngineName.default('wasm'),
    methods: z.array(MethodAxis).min(1).max(64),
    rank: unique(Rank).default([8]),
    memoryBudgetMiB: unique(
      z
        .number()
        .positive()
        .max(2 ** 20),
    ).meta({
      description: 'Device memory a trial may take, in MiB. A budget gates: it never changes a training that fits.',
    }),
    learningRate: unique(LearningRate)
      .optional()
      .meta({ description: "Default: each method's own first learning rate." }),
    seed: unique(
      z
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    ).default([0, 1, 2]),
    training: TrainingOptions.partial().default({}).meta({ description: "Missing fields take the task's defaults." }),
    search: Search.default({ kind: 'grid' }),
    objective: z
      .strictObject({ metric: z.string().max(64), direction: z.enum(['minimize', 'maximize']) })
      .optional()
      .meta({ description: "Validation metric that chooses configurations. Default: the task's primary metric." }),
    priority: z.number().int().min(0).max(100).default(50).meta({ description: 'Larger runs first.' }),
    trialTimeoutSeconds: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400)
      .default(3600),
    retries: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(2)
      .meta({ description: 'Further attempts after a lost worker or a crash.' }),
    reuse: z
      .boolean()
      .default(true)
      .meta({ description: 'Take results already known for the same trial instead of running it again.' }),
  })
  .meta({ id: 'CreateSweep' });
export type CreateSweep = z.infer<typeof CreateSweep>;
export type CreateSweepInput = z.input<typeof CreateSweep>;

/** Header `Idempotency-Key` of `POST /v1/sweeps`. */
export const IdempotencyKey = z
  .string()
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'expected 1 to 255 printable ASCII characters without spaces');

export const sweepStates = ['RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const;
export const SweepState = z.enum(sweepStates).meta({ id: 'SweepState' });
export type SweepState = z.infer<typeof SweepState>;

/** Number of trials in each state; every state is present. */
export const TrialCounts = z
  .object(Object.fromEntries(trialStates.map((state) => [state, z.number().int()])) as Record<TrialState, z.ZodNumber>)
  .meta({ id: 'TrialCounts' });
export type TrialCounts = z.infer<typeof TrialCounts>;

export const SweepView = z
  .object({
    id: Id,
    name: z.string(),
    state: SweepState,
    task: z.string(),
    base: z.string(),
    engine: EngineName,
    priority: z.number().int(),
    trials: TrialCounts,
    total: z.number().int(),
    known: z
      .number()
      .int()
      .meta({ description: 'Trials whose result was taken from another trial with the same key.' }),
    stepsDone: z.number().int(),
    stepsTotal: z.number().int().meta({ description: 'Optimizer steps of all trials that run or will run.' }),
    etaSeconds: z.number().nullable().meta({ description: 'From the pace so far; null before the first steps.' }),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Sweep' });
export type SweepView = z.infer<typeof SweepView>;
export const SweepDetail = SweepView.extend({ spec: CreateSweep }).meta({ id: 'SweepDetail' });
export type SweepDetail = z.infer<typeof SweepDetail>;

export const SweepQuery = PageQuery.extend({
  state: SweepState.optional(),
  task: TaskName.optional(),
});
export type SweepQuery = z.infer<typeof SweepQuery>;
export const SweepPage = pageOf(SweepView).meta({ id: 'SweepPage' });
export type SweepPage = z.infer<typeof SweepPage>;

/** One configuration of a preview: all its seeds and budgets together. */
export const PreviewRow = z.object({
  method: z.string(),
  optimizer: z.string(),
  rank: z.number().int().nullable(),
  learningRate: z.number(),
  config: z.record(z.string(), z.unknown()),
  seeds: z.number().int(),
  trainableParameters: z.number().int(),
  predicted: MemoryByPart,
  budgets: z.array(z.object({ memoryBudgetMiB: z.number(), fits: z.boolean(), reason: z.string().optional() })),
  known: z.number().int().meta({ description: 'Trials of this row whose result is known already.' }),
});
export type PreviewRow = z.infer<typeof PreviewRow>;

export const SweepPreview = z
  .object({
    trials: z.number().int(),
    toRun: z
      .number()
      .int()
      .meta({ description: 'Trainings that will really run: known, linked and over-budget trials are not.' }),
    known: z.number().int(),
    overBudget: z.number().int(),
    estimatedSeconds: z.number().nullable().meta({
      description:
        'From step times measured on this installation, over the slots of live workers; null when nothing comparable has run.',
    }),
    rows: z.array(PreviewRow).max(2000),
    truncated: z.boolean(),
  })
  .meta({ id: 'SweepPreview' });
export type SweepPreview = z.infer<typeof SweepPreview>;

export const SweepAction = z.enum(['cancel', 'pause', 'resume', 'retry-failed', 'clone']);
export type SweepAction = z.infer<typeof SweepAction>;

/** Answer of every action: what it changed (0 when it had been done before) and the sweep now. */
export const SweepActionResult = z
  .object({ changed: z.number().int(), sweep: SweepView })
  .meta({ id: 'SweepActionResult' });
export type SweepActionResult = z.infer<typeof SweepActionResult>;

/** What a check of a sweep's history found. */
export const HistoryReport = z
  .object({
    trials: z.number().int(),
    events: z.number().int(),
    attempts: z.number().int(),
    metricPoints: z.number().int(),
    rules: z.array(z.string()).meta({ description: 'What was checked.' }),
    problems: z
      .array(z.object({ rule: z.string(), trialId: Id.nullable(), found: z.string() }))
      .meta({ description: 'Empty where the history is sound; at most 100 of each rule.' }),
  })
  .meta({ id: 'HistoryReport' });
export type HistoryReport = z.infer<typeof HistoryReport>;
