/** @file The board of runs that were trained elsewhere: the statistics of a board of trials, without predictions. */
import {
  type BoardFigures,
  type ElsewhereRun,
  groupBy,
  type LeaderboardQuery,
  type LeaderboardRow,
  MIB,
  type RunMetric,
  runConfiguration,
} from '@rankforge/contracts';
import { type BoardEntry, type Configuration, leaderboard } from '@rankforge/stats';
import { type BoardReading, isWithin } from './board-reading.js';
import { comparisonsOf } from './comparisons.js';
import { gridEdges } from './grid-edges.js';
import { confidence } from './levels.js';
import { missingSeeds } from './missing-seeds.js';
import { markPareto } from './pareto.js';
import { BoardRefused } from './refused.js';
import { excessText, factsOf, isAdmitted, knownOf, ledgerOf, smallestOf, unplanned } from './reported-run.js';
import { verdictOf } from './verdict.js';

/** A run with its scores by example beside it. */
export type BoardRun = Omit<ElsewhereRun, 'examples'> & { examples: Float64Array | null };

export interface RunsOfBoard {
  task: string;
  metric: RunMetric;
  testExamples: number | null;
  /** Runs of an earlier request come first. */
  runs: readonly BoardRun[];
}

const source = 'runs trained elsewhere';
const remark =
  'Scores, memory and settings are as they were reported; nothing was trained or predicted here. Where scores by example were reported, intervals and tests hold the luck of seeds and examples; where scores alone were, that of seeds.';

/** A configuration with its runs, whatever became of them. */
interface Competitor extends Configuration {
  runs: readonly BoardRun[];
}

export function runsBoard(query: LeaderboardQuery, of: RunsOfBoard, reading: BoardReading): BoardFigures {
  const { task, testExamples, runs } = of;
  const { scale, ...metric } = of.metric;
  const contenders = [...groupBy(runs, contenderOf(query.by))].map(([method, tried]) =>
    contender({ method, tried }, query, (run) => isWithin({ known: knownOf(run, metric.name) }, reading)),
  );
  refuseTooMany(contenders);
  const everything = contenders.flatMap(({ method, tried }) => contender({ method, tried }, {}, () => true).candidates);
  const board = leaderboard({
    besides: everything,
    rows: contenders.flatMap(({ candidates }) => candidates),
    direction: metric.direction,
    scale,
    range: metric.range,
    confidence,
  });
  const byMethod = new Map(contenders.map((one) => [one.method, one]));
  const ranked = board.entries.map((entry) => rankedRow(entry, byMethod.get(entry.method)!, query.by, metric.name));
  const others = contenders
    .filter(({ candidates }) => candidates.length === 0)
    .map((one) => unrankedRow(one, query, metric.name))
    .sort((a, b) => unrankedOrder(a).localeCompare(unrankedOrder(b), 'en'));
  const rows = markPareto([...ranked, ...others], metric.direction, reading.cost);
  const comparisons = comparisonsOf(board);
  return {
    ...unplanned,
    task,
    base: query.base,
    metric,
    rows,
    verdict: verdictOf({
      rows,
      comparisons,
      memoryBudgetMiB: query.memoryBudgetMiB,
      isSeedless: ({ steps }) => steps === 0,
      board,
      margin: query.margin,
    }),
    comparisons,
    testExamples,
    published: { source, remark },
  };
}

/** A configuration competes, or a method with its optimizer and its steps, since nobody chooses by how much was trained. */
const contenderOf =
  (by: LeaderboardQuery['by']) =>
  (run: BoardRun): string =>
    by === 'configuration' ? runConfiguration(run) : JSON.stringify([run.method, run.optimizer, run.steps]);

interface Contender {
  method: string;
  tried: readonly BoardRun[];
  /** Configurations that may stand for it. */
  candidates: readonly Competitor[];
  /** Why a configuration is not in the choice, or why none is. */
  unchosen: string | undefined;
}

/** Among several configurations the score on validation chooses; the test set is not looked at. One that is alone needs none. */
function contender(
  { method, tried }: Pick<Contender, 'method' | 'tried'>,
  query: Partial<LeaderboardQuery>,
  isWithinLimits: (run: BoardRun) => boolean,
): Contender {
  const within = [...groupBy(tried, runConfiguration)].flatMap(([key, runs]): Competitor[] => {
    const finished = runs.filter(({ outcome }) => outcome === 'finished');
    const fits = finished.every((run) => isAdmitted(run, query) && isWithinLimits(run));
    return finished.length > 0 && fits ? [{ key, method, ...seedsOf(finished), runs }] : [];
  });
  const known = within.filter(({ seeds }) => seeds.every(({ validation }) => !Number.isNaN(validation)));
  if (within.length < 2 || known.length === within.length) {
    return { method, tried, candidates: within, unchosen: undefined };
  }
  const unknown = `${within.length - known.length} of ${within.length} configurations ${within.length - known.length === 1 ? 'has' : 'have'} no validation score`;
  return {
    method,
    tried,
    candidates: known,
    unchosen:
      known.length > 0
        ? `${unknown}, and no place in the choice`
        : `${unknown}, and none is chosen by its test score: a board by configuration shows them`,
  };
}

function seedsOf(finished: readonly BoardRun[]): Pick<Competitor, 'seeds' | 'seedless'> {
  return {
    // Where nothing was trained, one run stands for every seed: its spread over examples is all there is.
    seedless: finished.every(({ steps, examples }) => steps === 0 && examples !== null),
    seeds: finished.map(({ seed, validation, score, examples }) => ({
      seed,
      validation: validation ?? Number.NaN,
      test: examples === null ? { score: score! } : { examples },
    })),
  };
}

/** Rows of which every two are compared: their pairs grow with the square, and so does the time that others wait. */
const mostCompared = 200;

/** @throws BoardRefused where a board would hold more pairs than it may */
function refuseTooMany(contenders: readonly Contender[]): void {
  const compared = contenders.filter(({ candidates }) => candidates.some(isComparable)).length;
  if (compared <= mostCompared) return;
  const message = `${compared} rows would be compared with each other, of at most ${mostCompared}: ask by method, for one rank, or within a budget`;
  throw new BoardRefused([{ path: '/by', message }]);
}

/** Whether runs are more than a single number. */
const isComparable = ({ seeds }: Competitor): boolean =>
  seeds.length > 1 || seeds.some(({ test }) => test !== undefined && 'examples' in test);

function rankedRow(
  { configuration, score, single, unscored, letters, validation }: BoardEntry<Competitor>,
  { tried, unchosen }: Contender,
  by: LeaderboardQuery['by'],
  metric: string,
): LeaderboardRow {
  const finished = configuration.runs.filter(({ outcome }) => outcome === 'finished');
  const count = (outcome: BoardRun['outcome']) => configuration.runs.filter((run) => run.outcome === outcome).length;
  const missing = missingSeeds({
    trained: finished.length,
    unscored: 0,
    lost: { failed: count('failed'), overBudget: count('out-of-memory') },
  });
  return {
    ...factsOf(finished, metric),
    status: score || single !== undefined ? 'scored' : 'unscored',
    validation: Number.isFinite(validation) ? validation : null,
    score: score?.estimate ?? single ?? null,
    interval: score ? [score.low, score.high] : null,
    intervalCovers: score ? score.covers : null,
    group: score ? letters.join('') : null,
    edges: by === 'method' ? gridEdges(tuned(finished[0]!), tried.map(tuned)) : [],
    ...ledgerOf(tried),
    reason: [unscored, missing, unchosen].filter(Boolean).join('; ') || null,
  };
}

/** A contender without a run that the query admits, or without one that is chosen. */
function unrankedRow(contender: Contender, query: LeaderboardQuery, metric: string): LeaderboardRow {
  const { tried, unchosen } = contender;
  const { status, run, reason } = becameOf(contender, query);
  return {
    ...factsOf([run], metric),
    ...(query.by === 'method' && unchosen !== undefined && { rank: null, learningRate: null, config: {} }),
    status,
    seeds: 0,
    validation: null,
    score: null,
    interval: null,
    intervalCovers: null,
    group: null,
    edges: [],
    ...ledgerOf(tried),
    reason,
  };
}

/** Why a contender is not ranked, and the run that shows it. */
function becameOf(
  { tried, unchosen }: Contender,
  query: LeaderboardQuery,
): Pick<LeaderboardRow, 'status' | 'reason'> & { run: BoardRun } {
  const of = (outcome: BoardRun['outcome']) => tried.filter((run) => run.outcome === outcome);
  const [finished, unfit] = [of('finished'), of('out-of-memory')];
  if (finished.length > 0) {
    const run = smallestOf(finished);
    if (unchosen !== undefined) return { status: 'unscored', run, reason: unchosen };
    const excess = excessText(run, query);
    // The smallest of all that say how much they took: where it is too large, so are they.
    const isTooLarge = excess !== undefined && finished.every(({ peakBytes }) => peakBytes !== null);
    if (isTooLarge) return { status: 'does-not-fit', run, reason: excess };
    return { status: 'unscored', run, reason: 'no finished run is within what was asked for' };
  }
  if (unfit.length > 0) {
    const run = smallestOf(unfit);
    return { status: 'does-not-fit', run, reason: outOfMemory(run) };
  }
  const run = tried[0]!;
  return { status: 'failed', run, reason: run.reason };
}

/** Rows without a score by what became of them, then by name. */
const unrankedOrder = ({ status, method, optimizer, steps }: LeaderboardRow): string =>
  JSON.stringify([['unscored', 'does-not-fit', 'failed'].indexOf(status), method, optimizer, steps]);

/** @example outOfMemory({ peakBytes: 40 * 2 ** 30, device: 'A100 40GB', … }) // 'out of memory at 40960 MiB on A100 40GB' */
function outOfMemory({ peakBytes, device, reason }: BoardRun): string {
  const at = peakBytes === null ? '' : ` at ${Math.ceil(peakBytes / MIB)} MiB`;
  return [`out of memory${at}${device === null ? '' : ` on ${device}`}`, reason].filter(Boolean).join(': ');
}

const tuned = ({ config, steps, rank, learningRate }: BoardRun) => ({
  rank,
  learningRate,
  // Nobody says how many: only what was not trained at all has no learning rate.
  steps: steps ?? 1,
  methodConfig: config,
  optimizerConfig: {},
});
