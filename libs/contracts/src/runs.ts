/** @file Runs that were trained elsewhere, by torch and peft for instance, on boards of their own. */
import { z } from 'zod';
import { linesText, nameText, shownText, whole } from './bounds.js';
import { MetricView } from './catalog.js';
import { Id, Slug } from './common.js';
import { usualOptimizer } from './contender.js';
import { TaskName } from './task-name.js';

/** Runs of a request. */
export const mostRunsAtOnce = 500;
/** Runs of a board. */
export const mostRunsOfBoard = 5000;
/** Scores by example of a run, and of all runs of a board. */
export const mostExamples = { run: 100_000, board: 5_000_000 };
/** Boards of runs in a project. */
export const mostRunBoards = 1000;

const count = whole(0, Number.MAX_SAFE_INTEGER);

/** Squares and sums of scores stay numbers up to this size. */
const largestScore = 1e100;
const Score = z.number().min(-largestScore).max(largestScore);

const unknown = <T extends z.ZodType>(schema: T, description: string) =>
  schema.nullable().default(null).meta({ description });

/** How a score follows from the scores of its examples. */
const Scale = z.enum(['mean', 'exp-mean']);

/** What a board is scored by. */
export const RunMetric = MetricView.extend({
  scale: Scale.meta({
    description:
      '`mean`: a score is the mean of its examples. `exp-mean`: the exponential of their mean, as perplexity is of negative log-likelihoods; means, intervals and tests are made before it.',
  }),
}).meta({ id: 'RunMetric' });
export type RunMetric = z.infer<typeof RunMetric>;

/** Metrics of which a name says the rest. */
const usualMetrics: Readonly<Record<string, Omit<RunMetric, 'name'>>> = {
  accuracy: { direction: 'maximize', range: [0, 1], scale: 'mean' },
  f1: { direction: 'maximize', range: [0, 1], scale: 'mean' },
  'exact-match': { direction: 'maximize', range: [0, 1], scale: 'mean' },
  loss: { direction: 'minimize', range: [null, null], scale: 'mean' },
  perplexity: { direction: 'minimize', range: [1, null], scale: 'exp-mean' },
};
export const usualMetricNames = Object.keys(usualMetrics);

/** The metric of a new board whose request names none. */
export const usualRunMetric = 'accuracy';

export const AskedMetric = z.strictObject({
  name: nameText(64),
  direction: MetricView.shape.direction
    .optional()
    .meta({ description: `May be left out of ${usualMetricNames.join(', ')}.` }),
  range: z
    .tuple([Score.nullable(), Score.nullable()])
    .refine(([low, high]) => low === null || high === null || low < high, 'expected the lower end first')
    .meta(MetricView.shape.range.meta()!)
    .optional(),
  scale: Scale.optional(),
});
export type AskedMetric = z.infer<typeof AskedMetric>;

/**
 * The metric that a request names, with what its name says of it; undefined where nobody says which way is better.
 * @example runMetric({ name: 'accuracy' }) // { name: 'accuracy', direction: 'maximize', range: [0, 1], scale: 'mean' }
 */
export function runMetric({ name, direction, range, scale }: AskedMetric): RunMetric | undefined {
  const usual = Object.hasOwn(usualMetrics, name) ? usualMetrics[name] : undefined;
  const way = direction ?? usual?.direction;
  if (way === undefined) return undefined;
  return { name, direction: way, range: range ?? usual?.range ?? [null, null], scale: scale ?? usual?.scale ?? 'mean' };
}

/** A value of a configuration that was trained elsewhere. */
const Setting = z.union([shownText(200), z.number(), z.boolean(), z.null()]);

export const runOutcomes = ['finished', 'out-of-memory', 'failed'] as const;

export const ElsewhereRun = z
  .strictObject({
    method: nameText(64),
    optimizer: nameText(64).default(usualOptimizer),
    rank: unknown(whole(1), 'Null where the method has none, or nobody says it.'),
    learningRate: unknown(z.number().positive(), 'Null where nobody says it.'),
    config: z
      .record(nameText(64), Setting)
      .refine((fields) => Object.keys(fields).length <= 64, 'may have at most 64 fields')
      .default({})
      .meta({ description: 'Further settings that tell configurations apart, e.g. `alpha`.' }),
    seed: count.default(0),
    steps: unknown(
      whole(0),
      'Optimizer steps that were planned. 0: nothing was trained, and one run stands for every seed.',
    ),
    validation: unknown(
      Score,
      'Score on validation by the metric of the board: it chooses among the configurations of a method.',
    ),
    score: unknown(Score, 'Score on the test set. Beside `examples` it has to be what they make.'),
    examples: unknown(
      z.array(Score).min(2).max(mostExamples.run),
      'Score of each example of the test set, in one order for all runs of the board: 0 or 1 for accuracy, the negative log-likelihood for perplexity.',
    ),
    trainableParameters: unknown(count, 'Null where nobody counted.'),
    adapterBytes: unknown(count, 'Null where nobody says it.'),
    peakBytes: unknown(
      count,
      'Most memory of the device that was in use; of a run that was out of memory, how much was in use or asked for.',
    ),
    device: unknown(shownText(100), 'e.g. "NVIDIA A100 40GB".'),
    outcome: z.enum(runOutcomes).default('finished'),
    reason: unknown(linesText(500).min(1), 'Why it failed.'),
  })
  .superRefine((run, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { outcome, score, examples } = run;
    if (outcome === 'finished' && score === null && examples === null) {
      refuse('score', 'a finished run needs score or examples; say outcome "failed" of one that diverged');
    }
    if (outcome !== 'finished' && (score !== null || examples !== null)) {
      refuse(score === null ? 'examples' : 'score', `a run with the outcome "${outcome}" has no test score`);
    }
    if (outcome === 'failed' && run.reason === null) refuse('reason', 'a failed run needs the reason why it failed');
  })
  .meta({ id: 'ElsewhereRun', description: 'A run that was trained elsewhere: one configuration with one seed.' });
export type ElsewhereRun = z.infer<typeof ElsewhereRun>;

type Configured = Pick<ElsewhereRun, 'method' | 'optimizer' | 'rank' | 'learningRate' | 'config' | 'steps'>;

/** Equal for runs of one configuration: those that differ in their seed are one row of a board. */
export function runConfiguration({ method, optimizer, rank, learningRate, config, steps }: Configured): string {
  const settings = Object.entries(config).sort(([first], [second]) => (first < second ? -1 : 1));
  return JSON.stringify([method, optimizer, rank, learningRate, settings, steps]);
}

/** Equal for runs of one configuration and seed, of which a board keeps one. */
export const runIdentity = (run: Configured & Pick<ElsewhereRun, 'seed'>): string =>
  JSON.stringify([runConfiguration(run), run.seed]);

/**
 * Runs that have the configuration and seed of an earlier one, by their places.
 * @example repeatedRuns([run, run]) // [{ index: 1, first: 0 }]
 */
export function repeatedRuns(runs: readonly ElsewhereRun[]): { index: number; first: number }[] {
  const places = new Map<string, number>();
  return runs.flatMap((run, index) => {
    const identity = runIdentity(run);
    const first = places.get(identity);
    if (first !== undefined) return [{ index, first }];
    places.set(identity, index);
    return [];
  });
}

/**
 * Says that a run is the same one as another.
 * @example repeatedText('run 0') // 'run 0 has the same method, settings and seed: …'
 */
export const repeatedText = (other: string): string =>
  `${other} has the same method, settings and seed: say the seed of each run, or leave one of them out`;

/** Runs to put on a board, which is made where it is not there. */
export const AddRuns = z
  .strictObject({
    name: Slug.meta({ description: 'The name of the board, which is `runs:` and this in the place of a task.' }),
    base: nameText(200).meta({
      description: 'The base model, e.g. its id on a hub: `meta-llama/Llama-3.2-3B` is `llama-3-2-3b`.',
    }),
    title: nameText(200)
      .optional()
      .meta({ description: 'Default: the name. Has to be that of the board where it is there.' }),
    metric: AskedMetric.optional().meta({
      description: `Default: that of the board, or ${usualRunMetric} of a new one. Has to be that of the board where it is there.`,
    }),
    runs: z
      .array(ElsewhereRun)
      .min(1)
      .max(mostRunsAtOnce)
      .superRefine((runs, context) => {
        for (const { index, first } of repeatedRuns(runs)) {
          context.addIssue({ code: 'custom', path: [index, 'seed'], message: repeatedText(`run ${first}`) });
        }
      }),
  })
  .meta({ id: 'AddRuns' });
export type AddRuns = z.infer<typeof AddRuns>;

const runBoard = {
  id: Id,
  name: Slug,
  title: z.string(),
  task: TaskName,
  base: Slug,
};

export const RunsAdded = z
  .object({
    ...runBoard,
    metric: RunMetric,
    added: z.number().int().meta({ description: 'Runs that the board did not have.' }),
    replaced: z.number().int().meta({ description: 'Runs in the place of one of the same configuration and seed.' }),
    known: z.number().int().meta({ description: 'Runs that the board has just so already.' }),
    runs: z.number().int().meta({ description: 'Runs that the board has now.' }),
    testExamples: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Examples of its test set; null where no run has scores by example.' }),
  })
  .meta({ id: 'RunsAdded' });
export type RunsAdded = z.infer<typeof RunsAdded>;

export const RunsRemoved = z
  .object({ ...runBoard, runs: z.number().int().meta({ description: 'Runs that were on it.' }) })
  .meta({ id: 'RunsRemoved' });
export type RunsRemoved = z.infer<typeof RunsRemoved>;
