/** @file A trial: one training (or one scoring) at one point of a sweep under one memory budget. */
import { z } from 'zod';
import { Servability } from './adapter.js';
import { Id, PageQuery, pageOf, Slug, Timestamp } from './common.js';
import { Forgetting } from './forgetting.js';
import { MemoryByPart, memoryParts } from './memory.js';
import { TaskName } from './task-name.js';

export const trialStates = [
  'PENDING',
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'OVER_BUDGET',
  'PRUNED',
  'CANCELLED',
] as const;
export const TrialState = z.enum(trialStates).meta({ id: 'TrialState' });
export type TrialState = z.infer<typeof TrialState>;

/**
 * Allowed transitions. The database holds the same table (`trial_transition`) and refuses every other one.
 * `PENDING` waits for another trial with the same key, or for its sweep. `RUNNING → QUEUED` is a lost lease or a
 * worker that hands back. `FAILED → QUEUED` is a retry asked for by a person; `FAILED → PENDING` one that follows another
 * trial with its key.
 */
export const trialTransitions: Readonly<Record<TrialState, readonly TrialState[]>> = {
  PENDING: ['QUEUED', 'SUCCEEDED', 'OVER_BUDGET', 'CANCELLED'],
  QUEUED: ['RUNNING', 'OVER_BUDGET', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED', 'QUEUED'],
  SUCCEEDED: [],
  FAILED: ['QUEUED', 'PENDING'],
  OVER_BUDGET: [],
  PRUNED: [],
  CANCELLED: [],
};

export const finalTrialStates = [
  'SUCCEEDED',
  'FAILED',
  'OVER_BUDGET',
  'PRUNED',
  'CANCELLED',
] as const satisfies readonly TrialState[];

export const engineNames = ['wasm', 'cpu', 'tensorflow', 'webgpu'] as const;
export const EngineName = z.enum(engineNames).meta({ id: 'EngineName' });
export type EngineName = z.infer<typeof EngineName>;

/** `train` fits a configuration and reads validation only; `score` reads the test split once for a chosen one. */
export const trialKinds = ['train', 'score'] as const;
export const TrialKind = z.enum(trialKinds);
export type TrialKind = z.infer<typeof TrialKind>;

export const schedules = ['constant', 'linear', 'cosine'] as const;

/** How a training runs, apart from the method. */
export const TrainingOptions = z
  .strictObject({
    steps: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .meta({ description: '0 evaluates the adapter that a method starts from.' }),
    batchSize: z.number().int().min(1).max(1024),
    sequenceLength: z.number().int().min(8).max(8192),
    accumulate: z.number().int().min(1).max(256).default(1).meta({ description: 'Micro-batches per optimizer step.' }),
    schedule: z.enum(schedules).default('cosine'),
    warmupSteps: z.number().int().min(0).max(100_000).default(0),
    clipNorm: z
      .number()
      .positive()
      .max(1e6)
      .default(1)
      .meta({ description: 'Global gradient norm is clipped to this.' }),
    dropout: z.number().min(0).lt(1).default(0),
    evalEvery: z
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Steps between validations; default: only at the end.' }),
    normEvery: z.number().int().min(1).optional().meta({
      description: 'Steps between measurements of the largest queries and keys, for low-rank updates; default: none.',
    }),
    checkpointEvery: z.number().int().min(1).default(50).meta({ description: 'Steps between checkpoints.' }),
    targets: z
      .array(
        z
          .string()
          .max(64)
          .regex(/^[a-z][a-z0-9_-]*$/, 'expected the name of a layer, e.g. "query"'),
      )
      .min(1)
      .max(16)
      .default(['query', 'value'])
      .meta({ description: 'Linear layers that get an adapter, by their name within a block.' }),
  })
  .meta({ id: 'TrainingOptions' });
export type TrainingOptions = z.infer<typeof TrainingOptions>;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Everything that determines the numbers of a trial: its key is a hash of this, the data, the base and the library version. */
export const TrialSpec = z
  .strictObject({
    task: TaskName,
    dataset: Sha256.optional().meta({
      description: 'SHA-256 of the examples, where the task is a data set of this installation.',
    }),
    base: Slug,
    engine: EngineName,
    method: Slug,
    methodConfig: z.record(z.string(), z.unknown()),
    from: Sha256.optional().meta({ description: 'Hash of the adapter that training starts from.' }),
    optimizer: Slug,
    optimizerConfig: z.record(z.string(), z.unknown()),
    rank: z
      .number()
      .int()
      .positive()
      .nullable()
      .meta({ description: 'The rank axis, or null where neither method nor optimizer has one.' }),
    trainedRank: z.number().int().positive().optional().meta({
      description: 'Where one training serves several ranks: the rank it is trained at; `rank` is the one served.',
    }),
    learningRate: z.number().positive(),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    training: TrainingOptions,
  })
  .meta({ id: 'TrialSpec' });
export type TrialSpec = z.infer<typeof TrialSpec>;

/** Metrics of a split, by name, e.g. `{ loss: 3.1, perplexity: 22.2 }`. */
export const Scores = z.record(z.string(), z.number());
export type Scores = z.infer<typeof Scores>;

/** What a finished training or scoring reports. Never holds the test split for `train`. */
export const TrialResult = z
  .object({
    validation: Scores.optional(),
    test: Scores.optional(),
    served: z
      .record(z.string(), Scores)
      .optional()
      .meta({ description: 'Validation by rank, where one training serves several.' }),
    trainableParameters: z.number().int().nonnegative().optional(),
    adapterBytes: z.number().int().nonnegative().optional(),
    seconds: z.number().nonnegative(),
    medianStepMs: z.number().nonnegative().optional(),
    tokensPerSecond: z.number().nonnegative().optional(),
    forgetting: Forgetting.optional().meta({ description: 'Of a scoring.' }),
  })
  .meta({ id: 'TrialResult' });
export type TrialResult = z.infer<typeof TrialResult>;

export const attemptOutcomes = [
  'succeeded',
  'failed',
  'over-budget',
  'cancelled',
  'handed-back',
  'lease-lost',
  'child-died',
  'timed-out',
] as const;
export const AttemptOutcome = z.enum(attemptOutcomes);
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

export const AttemptView = z
  .object({
    number: z.number().int(),
    leaseToken: z.number().int(),
    workerId: Id.nullable(),
    workerName: z.string().nullable(),
    device: z.string().nullable(),
    engine: EngineName,
    startedAt: Timestamp,
    endedAt: Timestamp.nullable(),
    outcome: AttemptOutcome.nullable(),
    reason: z.string().nullable(),
    resumedFromStep: z.number().int().nullable(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof AttemptView>;

/** A trial in a listing. */
export const TrialView = z
  .object({
    id: Id,
    sweepId: Id,
    ordinal: z.number().int().meta({ description: 'Position in its sweep, from 1.' }),
    kind: TrialKind,
    state: TrialState,
    key: z.string().meta({ description: 'Content key: equal keys are computed once.' }),
    leaderId: Id.nullable().meta({ description: 'The trial with the same key whose result this one takes.' }),
    scoresTrialId: Id.nullable().meta({ description: 'For `score`: the trained trial.' }),
    method: z.string(),
    optimizer: z.string(),
    rank: z.number().int().nullable(),
    learningRate: z.number(),
    seed: z.number().int(),
    memoryBudgetMiB: z.number(),
    predictedBytes: z.number().int(),
    measuredBytes: z.number().int().nullable(),
    dominantPart: z.enum(memoryParts).nullable(),
    step: z.number().int().meta({ description: 'Optimizer steps done.' }),
    steps: z.number().int(),
    loss: z.number().nullable().meta({ description: 'Training loss of the last recorded step.' }),
    objective: z.number().nullable().meta({ description: 'Validation value of the sweep objective.' }),
    attempts: z.number().int(),
    reason: z.string().nullable().meta({ description: 'Why it failed, or does not fit, in words.' }),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Trial' });
export type TrialView = z.infer<typeof TrialView>;

export const ArtifactView = z
  .object({
    id: Id,
    trialId: Id,
    kind: z.enum(['adapter', 'checkpoint']),
    step: z.number().int(),
    sha256: z.string(),
    bytes: z.number().int(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Artifact' });
export type ArtifactView = z.infer<typeof ArtifactView>;

export const TrialDetail = TrialView.extend({
  task: z.string(),
  base: z.string(),
  engine: EngineName,
  spec: TrialSpec,
  predicted: MemoryByPart,
  measured: MemoryByPart.nullable(),
  result: TrialResult.nullable(),
  attemptList: z.array(AttemptView),
  artifacts: z.array(ArtifactView),
  servable: Servability.nullable().meta({
    description: 'Null for a scoring, and where the method or the base model is not there any more.',
  }),
}).meta({ id: 'TrialDetail' });
export type TrialDetail = z.infer<typeof TrialDetail>;

export const TrialSort = z.enum([
  'ordinal',
  '-ordinal',
  'objective',
  '-objective',
  'measuredBytes',
  '-measuredBytes',
  'updatedAt',
  '-updatedAt',
]);

export const TrialQuery = PageQuery.extend({
  sweepId: Id.optional(),
  state: z
    .union([TrialState, z.array(TrialState)])
    .optional()
    .meta({ description: 'May be repeated.' }),
  kind: TrialKind.optional(),
  method: Slug.optional(),
  optimizer: Slug.optional(),
  rank: z.coerce.number().int().positive().optional(),
  seed: z.coerce.number().int().nonnegative().optional(),
  sort: TrialSort.default('ordinal'),
});
export type TrialQuery = z.infer<typeof TrialQuery>;
export const TrialPage = pageOf(TrialView).meta({ id: 'TrialPage' });
export type TrialPage = z.infer<typeof TrialPage>;

/**
 * Metric names: `train/loss`, `train/learning-rate`, `train/gradient-norm`, `train/tokens-per-second`, `memory/live`,
 * `memory/peak`, `validation/<metric>`, `rank/<layer>` (recorded when it changes), `norm/<query|key>…` (see `normEvery`).
 */
export const MetricName = z
  .string()
  .max(128)
  .regex(/^[a-z]+\/[A-Za-z0-9._-]+$/);

export const MetricQuery = z.strictObject({
  name: z.union([MetricName, z.array(MetricName)]).optional(),
  maxPoints: z.coerce
    .number()
    .int()
    .min(2)
    .max(10_000)
    .default(500)
    .meta({ description: 'Longer series are down-sampled, keeping extremes.' }),
});

export type MetricQuery = z.infer<typeof MetricQuery>;

export const MetricSeries = z
  .object({
    name: z.string(),
    steps: z.array(z.number().int()),
    values: z.array(z.number()),
    total: z.number().int().meta({ description: 'Points recorded, before down-sampling.' }),
  })
  .meta({ id: 'MetricSeries' });
export type MetricSeries = z.infer<typeof MetricSeries>;
export const MetricSeriesList = z
  .object({ trialId: Id, series: z.array(MetricSeries) })
  .meta({ id: 'MetricSeriesList' });
export type MetricSeriesList = z.infer<typeof MetricSeriesList>;

/** Curves of many trials at once, for the overlay of a sweep. */
export const CurvesQuery = z.strictObject({
  metric: MetricName.default('train/loss'),
  maxPoints: z.coerce.number().int().min(2).max(500).default(60),
});
export type CurvesQuery = z.infer<typeof CurvesQuery>;
export const SweepCurves = z
  .object({
    metric: z.string(),
    curves: z.array(
      z.object({
        trialId: Id,
        method: z.string(),
        optimizer: z.string(),
        rank: z.number().int().nullable(),
        learningRate: z.number(),
        seed: z.number().int(),
        steps: z.array(z.number().int()),
        values: z.array(z.number()),
      }),
    ),
    truncated: z.boolean().meta({ description: 'There are more trainings than curves.' }),
  })
  .meta({ id: 'SweepCurves' });
export type SweepCurves = z.infer<typeof SweepCurves>;

export const TrialLog = z
  .object({ trialId: Id, lines: z.array(z.object({ attempt: z.number().int(), text: z.string() })) })
  .meta({ id: 'TrialLog' });
export type TrialLog = z.infer<typeof TrialLog>;
