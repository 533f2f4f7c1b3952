/** @file The board of runs that were trained elsewhere: the statistics of a board of trials, without predictions. */
import {
  type BoardFigures,
  defaultSweepKind,
  type Known,
  type LeaderboardQuery,
  type LeaderboardRow,
  MIB,
  measured,
  type RunMetric,
} from '@rankforge/contracts';
import { type BoardEntry, type Configuration, furtherSeeds, leaderboard } from '@rankforge/stats';
import { type BoardReading, isWithin } from '../boards/board-reading.js';
import { comparisonsOf } from '../boards/comparisons.js';
import { gridEdges } from '../boards/grid-edges.js';
import { alpha, confidence } from '../boards/levels.js';
import { missingSeeds } from '../boards/missing-seeds.js';
import { markPareto } from '../boards/pareto.js';
import { verdictOf } from '../boards/verdict.js';
import { groupBy } from '../platform/group-by.js';
import { configurationOf, type StoredRun } from './stored-run.js';

export interface RunsOfBoard {
  task: string;
  metric: RunMetric;
  testExamples: number | null;
  /** In the order in which they came in. */
  runs: readonly StoredRun[];
}

const source = 'runs trained elsewhere';
const remark =
  'Scores, memory and settings are as they were reported; nothing was trained or predicted here. Where scores by example were reported, intervals and tests hold the luck of seeds and examples; where scores alone were, that of seeds.';

/** A configuration with its runs, whatever became of them. */
interface Competitor extends Configuration {
  runs: readonly StoredRun[];
}

export function runsBoard(query: LeaderboardQuery, of: RunsOfBoard, reading: BoardReading): BoardFigures {
  const { task, testExamples, runs } = of;
  const { scale, ...metric } = of.metric;
  const contenders = [...groupBy(runs, contenderOf(query.by))].map(([method, tried]) =>
    contender({ method, tried }, query, (run) => isWithin({ known: known(run, metric.name) }, reading)),
  );
  const board = leaderboard({
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
    task,
    base: query.base,
    kind: defaultSweepKind,
    metric,
    rows,
    verdict: verdictOf({
      rows,
      comparisons,
      memoryBudgetMiB: query.memoryBudgetMiB,
      isSeedless: ({ steps }) => steps === 0,
      furtherSeeds: (pair, asked) => furtherSeeds(board.pairs[pair]!.tested, asked),
    }),
    references: [],
    comparisons,
    budgetsMiB: [],
    scenarios: [],
    scenario: null,
    limits: {},
    testExamples,
    alpha,
    complete: true,
    published: { source, remark },
  };
}

/** What competes: a method with its optimizer and its steps, since nobody chooses by how much was trained, or a configuration. */
const contenderOf =
  (by: LeaderboardQuery['by']) =>
  (run: StoredRun): string =>
    by === 'configuration' ? configurationOf(run) : JSON.stringify([run.method, run.optimizer, run.steps]);

interface Contender {
  method: string;
  tried: readonly StoredRun[];
  /** Configurations that may stand for it. */
  candidates: readonly Competitor[];
  /** Why a configuration is not in the choice, or why none is. */
  unchosen: string | undefined;
}

/** Among several configurations the score on validation chooses; the test set is not looked at. One that is alone needs none. */
function contender(
  { method, tried }: Pick<Contender, 'method' | 'tried'>,
  query: LeaderboardQuery,
  isWithinLimits: (run: StoredRun) => boolean,
): Contender {
  const within = [...groupBy(tried, configurationOf)].flatMap(([key, runs]): Competitor[] => {
    const finished = runs.filter(({ outcome }) => outcome === 'finished');
    const fits = finished.every((run) => admitted(run, query) && isWithinLimits(run));
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
        ? `${unknown} and were not in the choice`
        : `${unknown}, and none is chosen by its test score: a board by configuration shows them`,
  };
}

function seedsOf(finished: readonly StoredRun[]): Pick<Competitor, 'seeds' | 'seedless'> {
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

type Asked = Pick<LeaderboardQuery, 'memoryBudgetMiB' | 'maxTrainableParameters' | 'rank'>;

/** Within what the query allows; a run without a rank is of any, and one whose memory nobody tells is within no budget. */
function admitted(run: StoredRun, { memoryBudgetMiB, maxTrainableParameters, rank }: Asked): boolean {
  const within = (amount: number | null, most: number | undefined) =>
    most === undefined || (amount !== null && amount <= most);
  return (
    (rank === undefined || run.rank === null || run.rank === rank) &&
    within(run.peakBytes, memoryBudgetMiB === undefined ? undefined : memoryBudgetMiB * MIB) &&
    within(run.trainableParameters, maxTrainableParameters)
  );
}

function rankedRow(
  { configuration, score, single, unscored, letters, validation }: BoardEntry<Competitor>,
  { tried, unchosen }: Contender,
  by: LeaderboardQuery['by'],
  metric: string,
): LeaderboardRow {
  const finished = configuration.runs.filter(({ outcome }) => outcome === 'finished');
  const count = (outcome: StoredRun['outcome']) => configuration.runs.filter((run) => run.outcome === outcome).length;
  const missing = missingSeeds({
    trained: finished.length,
    unscored: 0,
    lost: { failed: count('failed'), overBudget: count('out-of-memory') },
  });
  return {
    ...facts(finished, metric),
    status: score || single !== undefined ? 'scored' : 'unscored',
    validation: Number.isFinite(validation) ? validation : null,
    score: score?.estimate ?? single ?? null,
    interval: score ? [score.low, score.high] : null,
    intervalCovers: score ? score.covers : null,
    group: score ? letters.join('') : null,
    edges: by === 'method' ? gridEdges(tuned(finished[0]!), tried.map(tuned)) : [],
    ...ledger(tried),
    reason: [unscored, missing, unchosen].filter(Boolean).join('; ') || null,
  };
}

/** A contender without a run that the query admits, or without one that is chosen. */
function unrankedRow({ tried, unchosen }: Contender, query: LeaderboardQuery, metric: string): LeaderboardRow {
  const finished = tried.filter(({ outcome }) => outcome === 'finished');
  const tooLarge = finished.filter(({ peakBytes }) => peakBytes !== null && !withinBudget(peakBytes, query));
  const unfit = tried.filter(({ outcome }) => outcome === 'out-of-memory');
  const of = (runs: readonly StoredRun[]) => smallest(runs);
  const [status, run, reason] = ((): [LeaderboardRow['status'], StoredRun, string] => {
    if (unchosen !== undefined) return ['unscored', of(finished), unchosen];
    if (finished.length > 0 && tooLarge.length === finished.length) {
      const run = of(finished);
      return ['does-not-fit', run, `measured peak ${mib(run.peakBytes!)} is above ${query.memoryBudgetMiB} MiB`];
    }
    if (finished.length > 0) return ['unscored', of(finished), 'no finished run is within what was asked for'];
    if (unfit.length > 0) return ['does-not-fit', of(unfit), outOfMemory(of(unfit))];
    return ['failed', of(tried), of(tried).reason ?? 'failed'];
  })();
  return {
    ...facts([run], metric),
    ...(query.by === 'method' && unchosen !== undefined && { rank: null, learningRate: null, config: {} }),
    status,
    seeds: 0,
    validation: null,
    score: null,
    interval: null,
    intervalCovers: null,
    group: null,
    edges: [],
    ...ledger(tried),
    reason,
  };
}

/** Rows without a score by what became of them, then by name. */
const unrankedOrder = ({ status, method, optimizer, steps }: LeaderboardRow): string =>
  JSON.stringify([['unscored', 'does-not-fit', 'failed'].indexOf(status), method, optimizer, steps]);

const withinBudget = (bytes: number, { memoryBudgetMiB }: Asked): boolean =>
  memoryBudgetMiB === undefined || bytes <= memoryBudgetMiB * MIB;

const mib = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`;

/** The run with the smallest peak; one whose peak nobody tells comes last. */
function smallest(runs: readonly StoredRun[]): StoredRun {
  const peak = ({ peakBytes }: StoredRun) => peakBytes ?? Number.POSITIVE_INFINITY;
  return runs.reduce((best, run) => (peak(run) < peak(best) ? run : best));
}

/** @example outOfMemory({ peakBytes: 40 * 2 ** 30, device: 'A100 40GB', … }) // 'out of memory at 40960 MiB on A100 40GB' */
function outOfMemory({ peakBytes, device, reason }: StoredRun): string {
  const at = peakBytes === null ? '' : ` at ${mib(peakBytes)}`;
  return [`out of memory${at}${device === null ? '' : ` on ${device}`}`, reason].filter(Boolean).join(': ');
}

function ledger(tried: readonly StoredRun[]) {
  return { tuningTrials: tried.length, tuningSteps: tried.reduce((sum, { steps }) => sum + (steps ?? 0), 0) };
}

const tuned = ({ config, steps, rank, learningRate }: StoredRun) => ({
  rank,
  learningRate,
  // Nobody says how many: only what was not trained at all has no learning rate.
  steps: steps ?? 1,
  methodConfig: config,
  optimizerConfig: {},
});

/** The reported figures of a run. */
const known = ({ trainableParameters, adapterBytes, peakBytes }: StoredRun, metric: string): Known => ({
  training: {
    ...(trainableParameters === null ? {} : { trainableParameters }),
    ...(adapterBytes === null ? {} : { adapterBytes }),
  },
  measuredBytes: peakBytes,
  scoring: undefined,
  work: undefined,
  hasTokens: true,
  metric,
});

/** Facts of runs of one configuration. */
function facts(runs: readonly StoredRun[], metric: string) {
  const { method, optimizer, rank, learningRate, config, steps } = runs[0]!;
  return {
    method,
    optimizer,
    rank,
    trainedRank: null,
    keeps: null,
    learningRate,
    config,
    steps,
    seeds: runs.length,
    ...measured(runs.map((run) => known(run, metric))),
    pareto: false,
    predicted: null,
    smallestBudgetMiB: null,
    trialIds: [],
  };
}
