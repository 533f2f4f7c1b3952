/** @file A sweep: the request that expands to trials, and its views. */
import { z } from 'zod';
import { text, unique, whole } from './bounds.js';
import { ChatTemplateName } from './chat.js';
import { Id, PageQuery, pageOf, Slug, Timestamp } from './common.js';
import { usualOptimizer } from './contender.js';
import { EngineName } from './engine.js';
import { Limits, limitsOf } from './measures/limits.js';
import { Protocol } from './protocol.js';
import { defaultSearch, rangeOf, Scheduler, Search } from './search.js';
import { sweepAxes } from './sweep-axes.js';
import { defaultSweepKind, SweepKind, sweepKindFields } from './sweep-kind.js';
import { longestSweepName, SweepName, SweepTag, sweepLabels, tagsAtMost } from './sweep-tags.js';
import { TaskName } from './task-name.js';
import { eachTrainingAxis, type TrainingAxis, type trainingAxes } from './training-axes.js';
import { TrainingOptions } from './training-options.js';
import { TrialState, trialStates } from './trial-state.js';

const Rank = sweepAxes.rank.value;
const LearningRate = sweepAxes.learningRate.value;
/** `max`: under each budget the largest rank whose training fits it by prediction. */
const RankAxis = z.union([unique(Rank), rangeOf(Rank), z.literal('max')]);
const LearningRateAxis = z.union([unique(LearningRate), rangeOf(LearningRate)]);
const Scalar = z.union([text(200), z.number(), z.boolean()]);

/** Ranks of a request that lists none. */
export const defaultRanks = [8];

type OneOrMore<T extends z.ZodType> = z.ZodUnion<[T, z.ZodArray<T>]>;
/** One value of an axis of the training, or a list of them. */
const trainingAxisLists = eachTrainingAxis<{
  [N in TrainingAxis]: z.ZodOptional<OneOrMore<(typeof trainingAxes)[N]['value']>>;
}>(({ value, description }) =>
  z
    .union([value, unique(value)])
    .optional()
    .meta({ description: `${description} A list is an axis.` }),
);

/**
 * One method of a sweep with its own axes. A list in `config` is an axis; `rank`, `learningRate` and the axes of the training
 * here replace the sweep's for this method only.
 */
export const MethodAxis = z
  .strictObject({
    name: Slug,
    optimizer: Slug.default(usualOptimizer),
    config: z.record(text(64), z.union([Scalar, unique(Scalar)])).default({}),
    optimizerConfig: z.record(text(64), z.union([Scalar, unique(Scalar)])).default({}),
    strategy: Slug.optional().meta({
      description: 'Of a federation: how clients train, and how their messages become the next model.',
    }),
    strategyConfig: z.record(text(64), z.union([Scalar, unique(Scalar)])).optional(),
    recipe: Slug.optional().meta({
      description:
        'What training does around the method: which examples it sees, and by which loss. Omitted: those of the task.',
    }),
    recipeConfig: z.record(text(64), z.union([Scalar, unique(Scalar)])).optional(),
    clientRanks: z
      .record(text(256), whole(1, 65_536))
      .optional()
      .meta({ description: 'Of a federation: ranks of clients by name, at most the rank; others have that.' }),
    rank: RankAxis.optional(),
    learningRate: LearningRateAxis.optional(),
    ...trainingAxisLists,
    from: Slug.optional().meta({
      description:
        'An adapter of this method to start from: an imported one by its name, or that of a finished trial by its id. Its configuration, rank and targets hold; 0 steps evaluate it.',
    }),
    teacher: Slug.optional().meta({
      description:
        'A base model with a finished adapter to learn from or to compare with: an imported adapter by its name, or that of a finished trial by its id. It has the vocabulary and the head of the sweep. Methods that need one learn from it; for all, the scoring counts flips against it. An attack, and a certificate, are of that ranker: a training of the project by its id.',
    }),
  })
  .meta({ id: 'MethodAxis' });
export type MethodAxis = z.infer<typeof MethodAxis>;

/** Methods that one sweep may compare. */
export const maxMethodsPerSweep = 64;

const RequestedTraining = TrainingOptions.partial().extend({
  ...trainingAxisLists,
  targets: TrainingOptions.shape.targets.unwrap().optional().meta({
    description:
      'Linear layers that a method is put on, by their name within a block. Default: query and value for a fine-tuning, else all.',
  }),
  checkpointEvery: TrainingOptions.shape.checkpointEvery.unwrap().optional().meta({
    description: 'Steps between checkpoints. Default: 50, and of a federation those of a round.',
  }),
  microBatch: z.literal('auto').optional().meta({
    description:
      'Cuts each batch into the largest micro-batches that fit the budget. A step sees the same examples; `batchSize` and `accumulate` of the trial say how.',
  }),
});

export const CreateSweep = z
  .strictObject({
    name: SweepName,
    ...sweepLabels,
    kind: SweepKind.default(defaultSweepKind),
    task: TaskName,
    base: Slug.meta({ description: 'A pretraining from scratch takes its shapes and its tokenizer.' }),
    chatTemplate: ChatTemplateName.optional(),
    ...sweepKindFields,
    on: Id.optional().meta({
      description:
        'A training, or a sweep for its best training on validation: the model that it leaves, its adapter merged, is what `base` stands for. The sweep waits until it has ended.',
    }),
    engine: z
      .union([EngineName, unique(EngineName)])
      .default('wasm')
      .meta({
        description:
          'Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.',
      }),
    methods: z.array(MethodAxis).min(1).max(maxMethodsPerSweep),
    rank: RankAxis.default(defaultRanks).meta({
      description: 'A list, a range for a search that samples, or "max": the largest rank that fits each budget.',
    }),
    memoryBudgetMiB: unique(sweepAxes.memoryBudgetMiB.value).meta({
      description:
        'Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget.',
    }),
    limits: limitsOf(unique(z.number().positive())).optional().meta({
      description:
        'How much of further measures a trial may take, as predicted before it runs, in the unit of the measure. Each training has one trial under each memory budget with each limit.',
    }),
    learningRate: LearningRateAxis.optional().meta({
      description: "A list, or a range for a search that samples. Default: each method's own first learning rate.",
    }),
    seed: unique(sweepAxes.seed.value).default([0, 1, 2]),
    training: RequestedTraining.default({}).meta({ description: "Missing fields take the task's defaults." }),
    search: Search.default(defaultSearch),
    scheduler: Scheduler.optional().meta({
      description: 'Trains promising configurations further than others. Omitted: all to the last step.',
    }),
    protocol: Protocol.optional().meta({
      description:
        'Rules of the comparison; "fair" takes the defaults of that one. Omitted: every configuration that the search asks for competes.',
    }),
    objective: z
      .strictObject({ metric: text(64), direction: z.enum(['minimize', 'maximize']) })
      .optional()
      .meta({ description: "Validation metric that chooses configurations. Default: the task's primary metric." }),
    priority: whole(0, 100).default(50).meta({ description: 'Larger runs first.' }),
    trialTimeoutSeconds: whole(1, 7 * 86_400).default(3600),
    retries: whole(0, 10).default(2).meta({ description: 'Further attempts after a lost worker or a crash.' }),
    reuse: z
      .boolean()
      .default(true)
      .meta({ description: 'Take results already known for the same trial instead of running it again.' }),
    skipLargerRanks: z.boolean().optional().meta({
      description:
        'Once a training did not fit its budget, larger ranks of it that are predicted to need no less end as `OVER_BUDGET` under that budget and smaller ones, and are not run. Default: each is tried.',
    }),
  })
  .meta({ id: 'CreateSweep' });
export type CreateSweep = z.infer<typeof CreateSweep>;
export type CreateSweepInput = z.input<typeof CreateSweep>;

/** The engines of a request, the first one first. @example enginesOf({ engine: 'wasm' }) // ['wasm'] */
export const enginesOf = ({ engine }: Pick<CreateSweep, 'engine'>): readonly [EngineName, ...EngineName[]] =>
  [engine].flat() as [EngineName, ...EngineName[]];

/** The most that one trial may take. */
export interface Budget {
  memoryBudgetMiB: number;
  /** Absent, in rows null, where the sweep has none. */
  limits?: Limits | null;
}

/** Tells budgets apart. Rows have null where there are no limits. */
export const budgetKey = ({
  memoryBudgetMiB,
  limits,
}: {
  memoryBudgetMiB: number;
  limits?: Limits | null | undefined;
}) => (limits ? `${memoryBudgetMiB} ${JSON.stringify(Object.entries(limits).sort())}` : `${memoryBudgetMiB}`);

/** How many `budgetsOf` gives; it may be more than anybody wants to hold. */
export const budgetCount = ({
  memoryBudgetMiB,
  limits = {},
}: Pick<CreateSweep, 'memoryBudgetMiB' | 'limits'>): number =>
  Object.values(limits).reduce((count, values) => count * values.length, memoryBudgetMiB.length);

/**
 * Every memory budget with every limit: each training has one trial under each.
 * @example budgetsOf({ memoryBudgetMiB: [8, 16], limits: { flops: [2e9] } }) // two, each with { flops: 2e9 }
 */
export function budgetsOf({ memoryBudgetMiB, limits = {} }: Pick<CreateSweep, 'memoryBudgetMiB' | 'limits'>): Budget[] {
  const combined = Object.entries(limits).reduce<Limits[]>(
    (made, [name, values]) => made.flatMap((before) => values.map((most) => ({ ...before, [name]: most }))),
    [{}],
  );
  return memoryBudgetMiB.flatMap((mib) =>
    combined.map((each) => ({ memoryBudgetMiB: mib, ...(Object.keys(each).length > 0 && { limits: each }) })),
  );
}

/** Header `Idempotency-Key` of the routes that make a sweep. */
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
    tags: z.array(z.string()).meta({ description: 'In order.' }),
    note: z.string().nullable().meta({ description: 'Plain text, for people.' }),
    kind: SweepKind,
    state: SweepState,
    task: z.string(),
    base: z.string(),
    engine: EngineName.meta({ description: 'The first, where it compares several.' }),
    priority: z.number().int(),
    trials: TrialCounts,
    total: z.number().int().meta({
      description:
        'Trials of the whole plan, with the scorings that it comes to. It falls where fewer are made, as after failures.',
    }),
    uncreated: z
      .number()
      .int()
      .meta({ description: 'Trials of the plan that have no row yet: they are created as earlier ones are taken.' }),
    draining: z
      .number()
      .int()
      .meta({ description: 'Trials of a paused sweep that are still running: they run to their end.' }),
    reason: z.string().nullable().meta({
      description: 'Why the platform paused it; of a running one, why no further trial can be made or begun for now.',
    }),
    waitsFor: z
      .object({
        sweepId: Id,
        sweepName: z.string(),
        trialId: Id.nullable().meta({ description: 'Null where it waits for the whole sweep.' }),
        state: z.string().meta({ description: 'Of what it waits for.' }),
      })
      .nullable()
      .meta({ description: 'What has to end before its first trial is made.' }),
    known: z
      .number()
      .int()
      .meta({ description: 'Trials whose result was taken from another trial with the same key.' }),
    implied: z.number().int().meta({
      description: 'Trials over budget because a smaller rank was, and not run: see `skipLargerRanks`.',
    }),
    stepsDone: z.number().int(),
    stepsTotal: z.number().int().meta({ description: 'Optimizer steps of all trials that run or will run.' }),
    scorings: z.object({ done: z.number().int(), total: z.number().int() }).meta({
      description:
        'Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from.',
    }),
    etaSeconds: z.number().nullable().meta({
      description:
        'Of the steps and scorings that are left, from the pace while its trials ran: hours in which the sweep was paused or the platform was stopped are no part of it. Until a training has ended or a scoring was ever timed, of the steps alone. Null before the first steps.',
    }),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Sweep' });
export type SweepView = z.infer<typeof SweepView>;
export const SweepDetail = SweepView.extend({ spec: CreateSweep }).meta({ id: 'SweepDetail' });
export type SweepDetail = z.infer<typeof SweepDetail>;

/** Sweeps that start from models of others: those before this one, those after, and itself. */
export const SweepDependencies = z
  .object({
    sweeps: z.array(
      z.object({
        id: Id,
        name: z.string(),
        kind: SweepKind,
        state: SweepState,
        waits: z.boolean().meta({ description: 'It has no trial yet, for what it starts from has not ended.' }),
        reason: z.string().nullable(),
      }),
    ),
    edges: z.array(
      z.object({
        from: Id,
        to: Id.meta({ description: 'The sweep that starts from a model of `from`.' }),
        trialId: Id.nullable().meta({ description: 'Whose model; null until one is chosen.' }),
      }),
    ),
  })
  .meta({ id: 'SweepDependencies' });
export type SweepDependencies = z.infer<typeof SweepDependencies>;

export const SweepQuery = PageQuery.extend({
  state: SweepState.optional(),
  task: TaskName.optional(),
  search: text(longestSweepName).trim().min(1).optional().meta({
    description: 'Text within the name of a sweep, its task, its base model, its note or a tag, in capitals or not.',
  }),
  tag: z
    .union([SweepTag, z.array(SweepTag).max(tagsAtMost)])
    .optional()
    .meta({ description: 'May be repeated: a sweep then has all of them.' }),
});
export type SweepQuery = z.infer<typeof SweepQuery>;
export const SweepPage = pageOf(SweepView).meta({ id: 'SweepPage' });
export type SweepPage = z.infer<typeof SweepPage>;

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
