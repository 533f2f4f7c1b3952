/** @file The board of one task on one base: who wins, by how much, and whether the difference is real. */
import { z } from 'zod';
import { BoardVerdict } from './board-verdict.js';
import { text, wholeText } from './bounds.js';
import { BudgetAnswer } from './budget-answer.js';
import { MetricView } from './catalog.js';
import { Id, Slug } from './common.js';
import { contenderFields } from './contender.js';
import { RungLedger } from './dropped.js';
import { measureFields } from './measures/registry.js';
import { MemoryByPart } from './memory.js';
import { joinedFields, ShownConfig } from './shown-config.js';
import { defaultSweepKind, SweepKind } from './sweep-kind.js';
import { runsOf, TaskName } from './task-name.js';
import { Fitted } from './trial-spec.js';

export const LeaderboardQuery = z.strictObject({
  task: TaskName,
  base: Slug,
  kind: SweepKind.optional().meta({ description: `Default: that of the sweep; without one \`${defaultSweepKind}\`.` }),
  metric: text(64)
    .optional()
    .meta({ description: "A metric of the task that chooses and ranks. Default: the task's primary metric." }),
  sweepId: Id.optional().meta({ description: 'Only trials of this sweep.' }),
  memoryBudgetMiB: z.coerce
    .number()
    .positive()
    .optional()
    .meta({ description: 'Choose among configurations that fit this budget.' }),
  maxTrainableParameters: wholeText(1, Number.MAX_SAFE_INTEGER).optional(),
  rank: wholeText(1)
    .optional()
    .meta({ description: 'Choose among configurations of this rank; what has no rank stays.' }),
  scenario: text(400).optional().meta({
    description:
      'Of a federation: the scenario, by its name in `scenarios` of a board. Boards never rank across scenarios. Default: the first.',
  }),
  by: z.enum(['method', 'configuration']).default('method').meta({
    description:
      'One row per method (its chosen configuration) or per configuration tried. Trainings of other lengths, batches or data have rows of their own.',
  }),
  cost: text(64).optional().meta({
    description: 'A measure that the Pareto front holds the score against. Default: the measured peak in bytes.',
  }),
  margin: z.coerce.number().positive().optional().meta({
    description:
      'A difference that matters, in the unit of the score (of perplexities a part, 0.01 for 1 %): rows tied with the leader are tested for differing by less. Default: the deviation that another seed gives the leader.',
  }),
  atMost: z
    .union([text(128), z.array(text(128)).max(16)])
    .optional()
    .meta({ description: 'Choose among configurations that take at most so much of a measure, e.g. `flops=2e9`.' }),
});
export type LeaderboardQuery = z.infer<typeof LeaderboardQuery>;

/** The ledger of a fair protocol: trials, steps and seconds of a method until its configuration was chosen, and the seeds that judge it. */
export const FairLedger = z
  .object({
    tuningTrials: z.number().int().meta({ description: 'Trials of the tuning, whatever became of them.' }),
    tuningSteps: z.number().int().meta({ description: 'Optimizer steps done in tuning.' }),
    tuningSeconds: z.number().meta({ description: 'Of the tuning trials that finished.' }),
    overBudget: z.number().int().meta({ description: 'Tuning trials that did not fit the budget.' }),
    failed: z.number().int(),
    learningRates: z.array(z.number()).meta({ description: 'Learning rates that were tried in tuning, ascending.' }),
    edge: z.enum(['smallest', 'largest', 'only']).nullable().meta({
      description:
        'Where the chosen learning rate stands on an end of those that were tried, or was the only one: better ones may lie beyond. Null: it lies between others, or none is chosen yet.',
    }),
    extended: z.number().int().meta({ description: 'Of the tuning trials, those beyond an edge: see `extensions`.' }),
    calibrationBatches: z.number().int().meta({
      description: 'Training batches that tuning trials read before their first step, which no step counts.',
    }),
    finalSeeds: z.array(z.number().int()).meta({ description: 'Fresh seeds of the chosen configuration.' }),
    finalLost: z
      .number()
      .int()
      .meta({ description: 'Fresh seeds whose training failed or did not fit: no score is of them.' }),
  })
  .meta({ id: 'FairLedger' });
export type FairLedger = z.infer<typeof FairLedger>;

/** An axis of the tuning on whose edge a chosen configuration lies: a better one may lie beyond. */
export const GridEdge = z
  .object({
    axis: z.string().meta({
      description:
        'As a sweep names it: `learningRate`, `rank`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`.',
    }),
    value: z.number(),
    side: z.enum(['lowest', 'highest', 'only']).meta({ description: '`only`: no other value was tried.' }),
    tried: z.array(z.number()).meta({ description: 'Every value of the axis, ascending.' }),
  })
  .meta({ id: 'GridEdge' });
export type GridEdge = z.infer<typeof GridEdge>;

/** @example edgeText({ axis: 'rank', value: 16, side: 'highest', tried: [4, 16] }) // 'rank 16 is the highest tried' */
export function edgeText({ axis, value, side }: GridEdge): string {
  // A field of a configuration is known by its name; an axis of the sweep is a word.
  const name = axis.includes('.') ? axis : axis.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${name} ${value} is the ${side === 'only' ? 'only one' : side} tried`;
}

/** A score to hold the rows against: what a method has to beat to have learnt something. */
export const BoardReference = z
  .object({
    name: z.string().meta({ description: 'A predictor that reads no input, or a method that is a lower reference.' }),
    score: z.number(),
  })
  .meta({ id: 'BoardReference' });
export type BoardReference = z.infer<typeof BoardReference>;

const Coverage = z.enum(['seeds-and-examples', 'examples-only', 'seeds-only']).meta({
  description:
    'Luck that is in it. `examples-only`: of one seed. `seeds-only`: of scores whose examples are not known, so that another test set may say otherwise.',
});

export const LeaderboardRow = z.object({
  ...contenderFields,
  rank: z.number().int().nullable(),
  trainedRank: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'Set where rows of several ranks come from one training: the rank it was trained at.' }),
  fitted: Fitted.optional(),
  keeps: z
    .number()
    .nullable()
    .meta({ description: 'Share of the parameters of a kernel that a compression was asked to keep.' }),
  learningRate: z.number().nullable(),
  config: ShownConfig,
  settings: z.record(z.string(), z.unknown()).optional().meta({
    description:
      'Settings of the training, beside `config`, in which rows of this board differ; hashes by their first 8 digits. Absent where there are none.',
  }),
  steps: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'Optimizer steps of a training; null where they are not known.' }),
  neverFired: z.array(z.string()).optional().meta({
    description:
      'What the method or the optimizer repeats after some steps, and never came to in these trainings; absent: nothing.',
  }),
  status: z.enum(['scored', 'unscored', 'does-not-fit', 'failed', 'running', 'queued']).meta({
    description:
      'A row without a score says the state of its own trials: `running` where one runs, `queued` where all that may still run wait.',
  }),
  seeds: z.number().int().meta({
    description:
      'Seeds that the score is of; of a row without one, those that were trained. `reason` says where they are not all.',
  }),
  added: z
    .object({
      seeds: z.number().int(),
      looks: z.number().int().meta({ description: 'How often seeds were added after a look at the board.' }),
    })
    .optional()
    .meta({ description: 'Seeds of the row that were added after a look at the board; absent: none.' }),
  validation: z
    .number()
    .nullable()
    .meta({ description: 'Mean over seeds of the validation metric that chose the configuration.' }),
  score: z.number().nullable().meta({ description: 'Mean over seeds on the test split.' }),
  interval: z.tuple([z.number(), z.number()]).nullable().meta({
    description: '95 % interval over what `intervalCovers` says; null where nothing says how certain the score is.',
  }),
  intervalCovers: Coverage.nullable(),
  group: z.string().nullable().meta({
    description: 'Letters, from a to z, then a₂ to z₂ and so on: two rows that share a letter cannot be told apart.',
  }),
  ...measureFields,
  predicted: MemoryByPart.nullable(),
  pareto: z
    .boolean()
    .meta({ description: 'No other row is better in score and takes less of the cost, by default fewer bytes.' }),
  tuningTrials: z.number().int().meta({ description: 'Configurations × seeds tried for this method.' }),
  tuningSteps: z.number().int(),
  edges: z.array(GridEdge).meta({
    description: 'Edges of its own grid that the chosen configuration lies on. Empty for a board of configurations.',
  }),
  fair: FairLedger.optional().meta({ description: 'Where a fair protocol tuned it.' }),
  halved: RungLedger.optional().meta({ description: 'Where a scheduler left some of its configurations at a rung.' }),
  smallestBudgetMiB: z.number().nullable().meta({ description: 'Smallest budget of the sweeps that it fits.' }),
  reason: z.string().nullable().meta({
    description: 'Why it does not fit, failed or has no score; of a row with one, which of its seeds are not in it.',
  }),
  trialIds: z.array(Id),
});
export type LeaderboardRow = z.infer<typeof LeaderboardRow>;

/**
 * For each row, the fields of its configuration and settings in which rows with the same key differ, with its own values;
 * '' where none do.
 *
 * @example variantsOf([{ config: { alpha: 8 } }, { config: { alpha: 16 } }], () => 'lora') // ['alpha 8', 'alpha 16']
 */
export function variantsOf<Row extends Pick<LeaderboardRow, 'config' | 'settings'>>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): string[] {
  const keyed = rows.map((row) => ({
    key: keyOf(row),
    values: joinedFields({ settings: row.settings ?? {}, config: row.config }),
  }));
  const alike = new Map<string, Values[]>();
  for (const { key, values } of keyed) {
    const group = alike.get(key);
    if (group) group.push(values);
    else alike.set(key, [values]);
  }
  // Once for a group, and not for each of its rows: a board of configurations has thousands of one method.
  const differing = new Map([...alike].map(([key, group]) => [key, fieldsThatDiffer(group)]));
  return keyed.map(({ key, values }) => {
    const own = differing.get(key)!.filter((field) => values[field] !== undefined);
    return own.map((field) => `${field} ${asText(values[field])}`).join(' ');
  });
}

type Values = Record<string, unknown>;

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function fieldsThatDiffer(group: readonly Values[]): string[] {
  const fields = new Set(group.flatMap((values) => Object.keys(values)));
  return [...fields].filter((field) => {
    const first = JSON.stringify(group[0]![field]);
    return group.some((values) => JSON.stringify(values[field]) !== first);
  });
}

export const Comparison = z.object({
  a: z.number().int().meta({ description: 'Index of a row.' }),
  b: z.number().int(),
  effect: z.enum(['difference', 'ratio']).meta({
    description: '`ratio` for metrics that are an exponential of a mean, such as perplexity: a divided by b.',
  }),
  difference: z.number().meta({ description: 'a minus b, or a divided by b where `effect` is `ratio`.' }),
  interval: z.tuple([z.number(), z.number()]).meta({ description: 'Not adjusted for the number of comparisons.' }),
  simultaneousInterval: z.tuple([z.number(), z.number()]).meta({
    description:
      'Those of all comparisons hold together. It leaves out 0 (or the ratio 1) exactly where `adjustedPValue` is at most `alpha`; an end that is 0 (or 1) is then left out itself.',
  }),
  pValue: z.number(),
  adjustedPValue: z.number().meta({
    description:
      'Holm in the form of Shaffer, over the pairs that are tested; 1 where this one is not. Where seeds were added, the smallest of all looks that saw the difference on the same side: what a look told apart stays so.',
  }),
  look: z
    .number()
    .int()
    .optional()
    .meta({ description: 'The look that `adjustedPValue` is of, where it is not that of all seeds: 0 is the first.' }),
  paired: z.boolean().meta({
    description: 'Both were scored on the same examples, or where these are not known, with seeds in common.',
  }),
  covers: Coverage.meta({ description: 'Luck that interval and p hold.' }),
  untested: z.string().nullable().meta({
    description:
      'Why no test can tell the two rows apart: a training of a single seed does not show how much its seed does. Null: they are tested.',
  }),
});
export type Comparison = z.infer<typeof Comparison>;

export const Leaderboard = z
  .object({
    task: z.string(),
    base: z.string(),
    kind: SweepKind,
    metric: MetricView,
    rows: z.array(LeaderboardRow.extend({ name: z.string().meta({ description: 'As people read it.' }) })),
    verdict: BoardVerdict,
    answers: z.array(BudgetAnswer).meta({
      description:
        'What wins within each memory budget of its sweeps, the smallest first, or within the one that was asked for. A budget of which nothing can be said yet is left out.',
    }),
    answer: z
      .string()
      .nullable()
      .meta({ description: 'The texts of `answers`, a line each; null where there are none.' }),
    references: z.array(BoardReference),
    comparisons: z.array(Comparison),
    budgetsMiB: z.array(z.number()).meta({ description: 'Budgets that sweeps of this task and base have used.' }),
    limits: z.record(z.string(), z.array(z.number())).meta({
      description:
        'Limits that these sweeps have used, by measure: the configurations within one are asked for by `atMost`.',
    }),
    scenarios: z.array(z.string()).meta({
      description: 'Scenarios of federations that its sweeps have, each a board of its own; empty elsewhere.',
    }),
    scenario: z.string().nullable().meta({ description: 'The one of this board.' }),
    testExamples: z.number().int().nullable(),
    testShare: z.object({ share: z.number(), low: z.number(), high: z.number() }).optional().meta({
      description:
        'Where every test example is right or wrong: the share that the first seed of the leading row has right, with what the number of examples alone leaves open (95 % interval of Wilson).',
    }),
    alpha: z.number(),
    complete: z.boolean().meta({ description: 'No trial of the board is still to run.' }),
    published: z.object({ source: z.string(), remark: z.string() }).nullable().meta({
      description:
        'Set where the results were not made here: whose they are, and what they cannot say. Runs trained elsewhere have boards whose task begins with `runs:`.',
    }),
  })
  .meta({ id: 'Leaderboard' });
export type Leaderboard = z.infer<typeof Leaderboard>;

/** A board that is still to be put in words: its rows have no names, and it has no answers. */
export type BoardFigures = Omit<Leaderboard, 'answer' | 'answers' | 'rows'> & { rows: LeaderboardRow[] };

/** Says how a board's letters are to be read. */
export const lettersText = (board: Pick<Leaderboard, 'alpha' | 'answers' | 'task' | 'base' | 'rows'>): string =>
  [
    `Rows that share a letter cannot be told apart (pairwise tests, Holm, α = ${board.alpha}).`,
    correctionRemark(board),
    choiceText(board),
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ');

/** Whether rows are of runs that somebody reported, to this installation or in files; a board of files has no base. */
export const areReportedRuns = ({ task, base }: Pick<Leaderboard, 'task' | 'base'>): boolean =>
  runsOf(task) !== undefined || base === '';

function choiceText(board: Pick<Leaderboard, 'task' | 'base' | 'rows'>): string {
  if (!areReportedRuns(board)) return 'Configurations were chosen on validation, test was read once.';
  const read = 'how often the test set was read is not known here.';
  const areChosen = board.rows.some(({ validation }) => validation !== null);
  return areChosen ? `Configurations were chosen on validation; ${read}` : read.replace('h', 'H');
}

/** Says why an answer within a budget may tell two rows apart that share a letter; undefined where there is one answer. */
export const correctionRemark = ({ answers }: Pick<Leaderboard, 'answers'>): string | undefined =>
  answers.length < 2
    ? undefined
    : 'Letters are corrected for all rows shown, an answer for the rows that fit its budget: it may tell two rows apart that share a letter here.';

/** Says how many pairs of a board are not tested, and why; undefined where all are. */
export function untestedRemark({ comparisons }: Pick<Leaderboard, 'comparisons'>): string | undefined {
  const reasons = comparisons.flatMap(({ untested }) => untested ?? []);
  if (reasons.length === 0) return undefined;
  const pairs = `${reasons.length} of ${comparisons.length} pairs`;
  return `${pairs} share a letter because they cannot be tested (${[...new Set(reasons)].join('; ')}).`;
}

/** Whether a comparison tells its rows apart, as the letters of their board do: at the level itself it does. */
export const tellsApart = (
  { adjustedPValue }: Pick<Comparison, 'adjustedPValue'>,
  { alpha }: Pick<Leaderboard, 'alpha'>,
): boolean => adjustedPValue <= alpha;
