import {
  alpha,
  type BoardReading,
  comparisonsOf,
  confidence,
  engineAgreement,
  excessOf,
  gridEdges,
  isWithin,
  markPareto,
  missingSeeds,
  verdictOf,
  type Weighed,
} from '@rankforge/boards';
import {
  type BoardFigures,
  contenderOf,
  type Excess,
  exceedsBudget,
  exceedsLimit,
  groupBy,
  isJudgingStage,
  type Known,
  type LeaderboardQuery,
  type LeaderboardRow,
  lookOf,
  MIB,
  mayStillRun,
  measured,
  type Planned,
  type RungLedger,
  type StepWork,
  type SweepKind,
  type TrialSpec,
  type TrialState,
  trainingExtent,
} from '@rankforge/contracts';
import { evaluatorNames } from '@rankforge/evaluators';
import { type BoardEntry, leaderboard, wilson } from '@rankforge/stats';
import type { Task } from '@rankforge/tasks';
import { contender } from '../planning/contender.js';
import { configurationKey, contentHash, scoreKey } from '../planning/trial-key.js';
import type { TrainedConfiguration } from '../scheduling/selection.js';
import type { BoardData, BoardTrial } from './board-trials.js';
import { competes, fairLedger } from './fair-ledger.js';
import { fieldBounds } from './field-bounds.js';
import { lostSeeds } from './lost-seeds.js';
import { referencesOf } from './references.js';
import { identity } from './row-identity.js';
import { withSettings } from './row-settings.js';

type Competitor = TrainedConfiguration & { boardTrials: BoardTrial[] };

/** Facts that a board is read by besides its query. */
interface Reading extends BoardReading {
  /** The products that a step of a trial computes; undefined where nobody says them. */
  workOf(spec: TrialSpec): StepWork | undefined;
  /** Facts that limits are held against where a trial has reported nothing. */
  plannedOf(spec: TrialSpec): Planned | undefined;
}

/**
 * The board of a task and base. A contender (a method with its optimizer, or a configuration) whose trainings succeeded
 * is ranked; one without is listed below with the reason. Trainings that read more than others, or other data, have a row of their own:
 * seeds and validation scores choose among those alone that read the same.
 */
export function buildBoard(
  query: LeaderboardQuery & { kind: SweepKind },
  task: Task,
  { scale, ...metric }: Task['primaryMetric'],
  data: BoardData,
  { workOf, plannedOf, ...reading }: Reading,
): BoardFigures {
  const knownOf = knowing({ data, task, metric: metric.name }, workOf);
  const shapes = new Map<string, Planned | undefined>();
  const planned = (spec: TrialSpec) => {
    const key = configurationKey(spec);
    if (!shapes.has(key)) shapes.set(key, plannedOf(spec));
    return shapes.get(key);
  };
  const weigh = (trial: BoardTrial): Weighed => ({ known: knownOf(trial), planned: () => planned(trial.spec) });
  const nameOf = (trial: BoardTrial) =>
    `${contender(trial.spec)}/${query.by === 'method' ? extentOf(trial.spec) : configurationKey(trial.spec)}`;
  const byContender = groupBy(data.trials, nameOf);
  const competitors = [...byContender].flatMap(([name, trials]) =>
    competing(
      name,
      trials.filter((trial) => admitted(trial, query) && isWithin(weigh(trial), reading)),
      metric.name,
      data,
    ),
  );
  const board = leaderboard({
    rows: competitors,
    // What seeds do is told by all that was scored, within the budget or not.
    besides: [...byContender].flatMap(([name, trials]) => competing(name, trials, metric.name, data)),
    direction: metric.direction,
    scale,
    range: metric.range,
    confidence,
  });
  const ranked = board.entries.map((entry) =>
    rankedRow(entry, byContender.get(entry.method)!, { data, by: query.by, knownOf }),
  );
  const listed = new Set(board.entries.map(({ method }) => method));
  const others = [...byContender]
    .filter(([name]) => !listed.has(name))
    .map(([, trials]) => {
      const excesses = trials.map((trial) => excessOf(weigh(trial), reading));
      return unrankedRow(trials, query, data.budgetsMiB, { knownOf, excess: leastExcess(excesses) });
    })
    .sort((a, b) => (a.predicted?.total ?? 0) - (b.predicted?.total ?? 0));
  const rows = markPareto(withSettings([...ranked, ...others], data.trials), metric.direction, reading.cost);
  const scorings = scoringsOf(board.entries, data);
  const comparisons = comparisonsOf(board);
  return {
    task: task.name,
    base: query.base,
    kind: query.kind,
    metric,
    rows,
    verdict: {
      ...verdictOf({
        rows,
        comparisons,
        memoryBudgetMiB: query.memoryBudgetMiB,
        isSeedless,
        board,
        margin: query.margin,
      }),
      ...engineAgreement(
        board.entries.flatMap(({ configuration }, index) => onEngine(rows[index]!, configuration)),
        { scale, margin: query.margin },
      ),
    },
    references: referencesOf(rows, scorings.find(({ result }) => result.trivial)?.result.trivial, metric.name),
    comparisons,
    budgetsMiB: data.budgetsMiB,
    limits: data.limits,
    scenarios: data.scenarios,
    scenario: data.scenario,
    testExamples: scorings[0]?.examples.length ?? null,
    ...testShareOf(scorings[0]?.examples),
    alpha,
    complete: data.active === 0,
    published: null,
  };
}

/** A row with a score as its engine trained it; rows with one stand first on a board. */
function onEngine(row: LeaderboardRow, { boardTrials, seeds }: Competitor) {
  if (row.score === null) return [];
  const { engine: _, competingEngine: __, ...spec } = boardTrials[0]!.spec;
  const scores = new Map(
    seeds.flatMap(({ seed, test }) => (test && 'examples' in test ? [[seed, meanOf(test.examples)] as const] : [])),
  );
  return [{ row, trained: configurationKey(spec as TrialSpec), scores }];
}

const meanOf = (examples: ArrayLike<number>): number =>
  Array.from(examples).reduce((sum, each) => sum + each, 0) / examples.length;

/** Scorings of the rows, that of the leading one first: versions of the data may differ in what is said of a test split. */
function scoringsOf(entries: readonly BoardEntry<Competitor>[], { scores }: BoardData) {
  const ofRows = entries
    .flatMap(({ configuration }) => configuration.boardTrials)
    .flatMap(({ key, spec }) => scores.get(scoreKey(key, spec)) ?? []);
  return [...ofRows, ...scores.values()];
}

/** Of examples that are each right or wrong. */
function testShareOf(examples: readonly number[] | undefined): Pick<BoardFigures, 'testShare'> {
  if (!examples?.length || !examples.every((score) => score === 0 || score === 1)) return {};
  const successes = examples.filter((score) => score === 1).length;
  const { estimate: share, low, high } = wilson({ successes, examples: examples.length }, confidence);
  return { testShare: { share, low, high } };
}

const extentOf = ({ training, ...spec }: TrialSpec): string => trainingExtent({ ...spec, ...training });

/** Within what the query allows: a training fits a budget when its predicted and its measured peak do. */
function admitted(trial: BoardTrial, { memoryBudgetMiB, maxTrainableParameters, rank }: LeaderboardQuery): boolean {
  if (rank !== undefined && trial.spec.rank !== null && trial.spec.rank !== rank) return false;
  if (memoryBudgetMiB !== undefined && peak(trial) > memoryBudgetMiB * MIB) return false;
  const parameters = trial.result?.trainableParameters;
  return maxTrainableParameters === undefined || (parameters !== undefined && parameters <= maxTrainableParameters);
}

/** The most bytes that were predicted or measured of a trial. */
export function peak({ predicted, measuredBytes }: BoardTrial): number {
  return Math.max(predicted.total, measuredBytes ?? 0);
}

/** A method that trains nothing: one run of it stands for every seed. */
const isSeedless = ({ method }: Pick<TrialSpec, 'method'>): boolean => evaluatorNames.includes(method);

/** The configurations of a contender with the trainings that finished and their test scores where they were read. */
function competing(name: string, trials: readonly BoardTrial[], metric: string, data: BoardData): Competitor[] {
  const finished = trials.flatMap((trial) => {
    const validation = validationOf(trial, metric);
    const examples = data.scores.get(scoreKey(trial.key, trial.spec))?.examples;
    // One that a scheduler let train no further competes with none that is whole.
    const isWhole = trial.state === 'SUCCEEDED' && trial.spec.until === undefined && competes(trial);
    return isWhole && validation !== undefined ? [{ trial, validation, examples }] : [];
  });
  return [...groupBy(finished, ({ trial }) => configurationKey(trial.spec))].map(([key, all]) => {
    const group = onePerSeed(all);
    return {
      key,
      method: name,
      seedless: isSeedless(group[0]!.trial.spec),
      trials: group.map(({ trial, validation }) => ({
        id: trial.id,
        spec: trial.spec,
        memoryBudgetMiB: peak(trial) / MIB,
        objective: validation,
      })),
      boardTrials: group.map(({ trial }) => trial),
      seeds: group.map(({ trial, validation, examples }) => ({
        seed: trial.spec.seed,
        look: lookOf(trial.stage),
        validation,
        ...(examples ? { test: { examples } } : {}),
      })),
    };
  });
}

/** A number that is not finite is stored as null, which no direction may take for 0: it is the worst. Undefined where none was reported. */
function validationOf({ result }: BoardTrial, metric: string): number | undefined {
  const stored: number | null | undefined = result?.validation?.[metric];
  return stored === null ? Number.NaN : stored;
}

interface Finished {
  trial: BoardTrial;
  validation: number;
  /** Test scores, where they were read. */
  examples: number[] | undefined;
}

/**
 * A seed that was trained again, by another release of the library or without reuse, is one draw and not two: its newest training stands
 * for it, of those that were scored where any was.
 */
function onePerSeed(finished: readonly Finished[]): Finished[] {
  const isNewer = (a: Finished, b: Finished) =>
    !a.examples === !b.examples ? a.trial.id > b.trial.id : a.examples !== undefined;
  return [...groupBy(finished, ({ trial }) => trial.spec.seed).values()].map((same) =>
    same.reduce((kept, each) => (isNewer(each, kept) ? each : kept)),
  );
}

interface RowContext {
  data: BoardData;
  by: LeaderboardQuery['by'];
  knownOf(trial: BoardTrial): Known;
}

/** Facts of a trial that measures read. The products of a step are the same for all seeds of a configuration. */
function knowing(
  { data, task, metric }: { data: BoardData; task: Task; metric: string },
  workOf: Reading['workOf'],
): RowContext['knownOf'] {
  const works = new Map<string, StepWork | undefined>();
  return ({ key, spec, result, predicted, measuredBytes }) => {
    const configuration = configurationKey(spec);
    if (!works.has(configuration)) works.set(configuration, workOf(spec));
    return {
      training: result,
      // Nothing is measured of what puts nothing on a device, and it costs nothing there.
      measuredBytes: predicted.total === 0 ? 0 : measuredBytes,
      scoring: data.scores.get(scoreKey(key, spec))?.result,
      work: works.get(configuration),
      hasTokens: !task.image,
      metric,
    };
  };
}

function rankedRow(
  entry: BoardEntry<Competitor>,
  tried: readonly BoardTrial[],
  { data, by, knownOf }: RowContext,
): LeaderboardRow {
  const { configuration, score } = entry;
  const trials = configuration.boardTrials;
  const trained = configuration.seeds.length;
  const unreadOf = ({ key, spec }: BoardTrial) =>
    data.unread.size === 0 ? undefined : data.unread.get(scoreKey(key, spec));
  const isToScore = (trial: BoardTrial) =>
    data.unfinished.has(trial.key) && !unreadOf(trial) && !data.scores.has(scoreKey(trial.key, trial.spec));
  const ahead = whatIsAhead(tried.flatMap((trial) => [trial.state, unreadOf(trial)?.state ?? trial.state]));
  const isAwaited = ahead !== undefined || trials.some(isToScore);
  const why = trials.map((trial) => unreadOf(trial)?.reason ?? undefined).find((reason) => reason !== undefined);
  const missing = missingSeeds({
    trained,
    // Without a score the reason why there is none stands for all of them.
    unscored: isAwaited || !score ? 0 : trained - score.seeds,
    lost: lostSeeds(tried, (trial) => competes(trial) && configurationKey(trial.spec) === configuration.key),
    why,
  });
  const unscored = score ? undefined : [entry.unscored, why].filter(Boolean).join(': ');
  return {
    ...identity(trials[0]!),
    status: score ? 'scored' : (ahead ?? 'unscored'),
    seeds: score?.seeds ?? trained,
    ...addedSeeds(trials),
    validation: finite(entry.validation),
    score: score ? score.estimate : null,
    interval: score ? [score.low, score.high] : null,
    intervalCovers: score ? score.covers : null,
    group: score ? entry.letters.join('') : null,
    ...measured(trials.map(knownOf)),
    predicted: trials[0]!.predicted,
    pareto: false,
    ...ledger(tried),
    edges: by === 'method' ? edgesOf(trials[0]!, tried) : [],
    ...fairLedger(tried, trials),
    smallestBudgetMiB: smallestBudget(trials, data.budgetsMiB),
    reason: [unscored, missing].filter(Boolean).join('; ') || null,
    trialIds: trials.map(({ id }) => id),
  };
}

/** Whether trials of a row run, or all that may still run wait; undefined where none may. */
const whatIsAhead = (states: readonly TrialState[]): 'running' | 'queued' | undefined =>
  states.includes('RUNNING') ? 'running' : states.some(mayStillRun) ? 'queued' : undefined;

/** Seeds of a configuration that were asked for after looks at the board. */
function addedSeeds(trials: readonly BoardTrial[]): Pick<LeaderboardRow, 'added'> {
  const looks = trials.map(({ stage }) => lookOf(stage)).filter((look) => look > 0);
  return looks.length === 0 ? {} : { added: { seeds: looks.length, looks: Math.max(...looks) } };
}

/** A contender without a finished training that the query admits. */
function unrankedRow(
  trials: readonly BoardTrial[],
  query: LeaderboardQuery,
  budgetsMiB: readonly number[],
  { knownOf, excess }: Pick<RowContext, 'knownOf'> & { excess: Excess | undefined },
): LeaderboardRow {
  const smallest = trials.reduce((best, trial) => (peak(trial) < peak(best) ? trial : best));
  const ahead = whatIsAhead(trials.map(({ state }) => state));
  const failed = trials.find(({ state }) => state === 'FAILED');
  const tooLarge = query.memoryBudgetMiB !== undefined && peak(smallest) > query.memoryBudgetMiB * MIB;
  const over = trials.filter(({ state }) => state === 'OVER_BUDGET').sort((a, b) => peak(a) - peak(b))[0];
  const status =
    tooLarge || excess ? 'does-not-fit' : (ahead ?? (failed ? 'failed' : over ? 'does-not-fit' : 'unscored'));
  const reasons = {
    'does-not-fit': tooLarge
      ? exceedsBudget(
          smallest.predicted.total >= peak(smallest) ? 'predicted' : 'measured',
          { ...smallest.predicted, total: peak(smallest) },
          query.memoryBudgetMiB!,
        )
      : excess
        ? exceedsLimit(excess)
        : (over?.reason ?? null),
    failed: failed?.reason ?? null,
    running: null,
    queued: null,
    unscored: 'no finished training is within what was asked for',
  };
  return {
    ...identity(smallest),
    ...(query.by === 'method' && { learningRate: null }),
    status,
    seeds: 0,
    validation: null,
    score: null,
    interval: null,
    intervalCovers: null,
    group: null,
    ...measured([knownOf(smallest)], 'withoutRank'),
    predicted: smallest.predicted,
    pareto: false,
    ...ledger(trials),
    edges: [],
    ...fairLedger(trials, []),
    smallestBudgetMiB: smallestBudget([smallest], budgetsMiB),
    reason: reasons[status],
    trialIds: [smallest.id],
  };
}

/** The excess that is closest to its limit, where all trainings of a contender are above one. */
function leastExcess(excesses: readonly (Excess | undefined)[]): Excess | undefined {
  const above = excesses.filter((excess) => excess !== undefined);
  if (above.length < excesses.length) return undefined;
  return above.reduce((least, excess) => (excess.amount / excess.most < least.amount / least.most ? excess : least));
}

/** Values that protocols tuned with count as tried: that is where the grid was. */
function edgesOf(chosen: BoardTrial, tried: readonly BoardTrial[]) {
  const tuned = ({ spec }: BoardTrial) => ({ ...spec, steps: spec.training.steps });
  return gridEdges(tuned(chosen), tried.map(tuned), fieldBounds(contenderOf(chosen.spec)));
}

/**
 * The effort that was spent on a contender: trainings that ran, each once however many ranks it serves and on however many rungs it
 * was trained, and their steps.
 */
function ledger(trials: readonly BoardTrial[]) {
  const tried = trials.filter(({ stage }) => !isJudgingStage(stage));
  const started = tried.filter(({ step, state }) => step > 0 || state === 'SUCCEEDED' || state === 'FAILED');
  const onRungs = started.some(({ spec }) => spec.until !== undefined);
  const training = ({ key, spec: { until, validationExamples, ...spec } }: BoardTrial) =>
    onRungs ? contentHash(spec) : key;
  const ran = [...groupBy(started, training).values()].map((parts) => Math.max(...parts.map(({ step }) => step)));
  return { tuningTrials: ran.length, tuningSteps: ran.reduce((sum, step) => sum + step, 0), ...rungLedger(tried) };
}

/** Configurations that a row says of which rungs left them. */
const mostDropped = 20;

/** What rungs left of a contender's configurations; nothing where they left none. */
function rungLedger(trials: readonly BoardTrial[]): { halved?: RungLedger } {
  const seen = new Set<string>();
  const left = trials.flatMap(({ id, spec, dropped }) => {
    const key = configurationKey(spec);
    if (!dropped || seen.has(key)) return [];
    seen.add(key);
    return [{ trialId: id, learningRate: spec.learningRate, rank: spec.rank, ...dropped }];
  });
  if (left.length === 0) return {};
  const closest = left.toSorted((a, b) => (b.pValue ?? 1) - (a.pValue ?? 1)).slice(0, mostDropped);
  const { error } = left[0]!;
  return {
    halved: {
      stopped: left.length,
      surely: left.filter(({ surely }) => surely).length,
      error,
      configurations: closest,
    },
  };
}

/** A trial that ended over its budget, whatever was predicted or measured, fits neither that nor a smaller one. */
function smallestBudget(trials: readonly BoardTrial[], budgetsMiB: readonly number[]): number | null {
  const need = Math.max(...trials.map(peak));
  const tooSmall = Math.max(0, ...trials.map((trial) => (trial.state === 'OVER_BUDGET' ? trial.memoryBudgetMiB : 0)));
  return budgetsMiB.find((budget) => need <= budget * MIB && budget > tooSmall) ?? null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
