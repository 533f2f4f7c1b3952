/** @file The board of published results: same columns and same honesty as a board of trials. */
import type { Comparison, Leaderboard, LeaderboardQuery, LeaderboardRow } from '@rankforge/contracts';
import { defaultSweepKind, type Known, MIB, measured } from '@rankforge/contracts';
import { proportionBoard, selectPerMethod } from '@rankforge/stats';
import { type BoardReading, isWithin } from '../boards/board-reading.js';
import { gridEdges } from '../boards/grid-edges.js';
import { markPareto } from '../boards/pareto.js';
import { groupBy } from '../platform/group-by.js';
import { type PublishedRun, peftComparison } from './peft-comparison.js';

const confidence = 0.95;
const alpha = 0.05;

interface Contender {
  run: PublishedRun;
  /** Runs that this one was chosen from, by validation accuracy. */
  tried: readonly PublishedRun[];
  successes: number;
  examples: number;
}

export function publishedBoard(
  query: LeaderboardQuery,
  runs: readonly PublishedRun[],
  reading: BoardReading,
): Leaderboard {
  const { task, metric, source, remark, testExamples } = peftComparison;
  const nameOf = (run: PublishedRun) => (query.by === 'method' ? run.method : run.name);
  const contenders = choose(
    runs.filter((run) => admitted(run, query) && isWithin({ known: known(run) }, reading)),
    nameOf,
  );
  const board = proportionBoard(contenders, confidence);
  const ranked = board.entries.map(({ row, score, letters }): LeaderboardRow => {
    const { run, tried } = row;
    return {
      ...facts(run, nameOf(run)),
      status: 'scored',
      validation: run.validation ?? null,
      score: score.estimate,
      interval: [score.low, score.high],
      intervalCovers: 'examples-only',
      group: letters.join(''),
      pareto: false,
      edges: query.by === 'method' ? gridEdges(tuned(run), tried.map(tuned)) : [],
      tuningTrials: tried.length,
      tuningSteps: tried.reduce((sum, { steps }) => sum + steps, 0),
      reason: null,
    };
  });
  const listed = new Set(contenders.map(({ run }) => nameOf(run)));
  const others = [...groupBy(runs, nameOf)]
    .filter(([name]) => !listed.has(name))
    .map(([name, [run]]) => unranked(run!, name, query));
  return {
    task,
    base: query.base,
    kind: defaultSweepKind,
    metric,
    rows: markPareto([...ranked, ...others], metric.direction, reading.cost),
    references: [],
    comparisons: board.pairs.map(
      ({ a, b, difference, simultaneous, p, adjustedP }): Comparison => ({
        a,
        b,
        effect: 'difference',
        difference: difference.estimate,
        interval: [difference.low, difference.high],
        simultaneousInterval: [simultaneous.low, simultaneous.high],
        pValue: p,
        adjustedPValue: adjustedP,
        paired: false,
      }),
    ),
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

const tuned = ({ config, ...run }: PublishedRun) => ({ ...run, methodConfig: config, optimizerConfig: {} });

/** Per contender the run with the best validation accuracy; the test split is not looked at. */
function choose(runs: readonly PublishedRun[], nameOf: (run: PublishedRun) => string): Contender[] {
  const finished = runs.flatMap((run) =>
    run.solved === undefined || run.validation === undefined
      ? []
      : [{ run, solved: run.solved, validation: run.validation }],
  );
  return selectPerMethod(
    finished.map(({ run, solved, validation }) => ({
      key: run.name,
      method: nameOf(run),
      seeds: [{ seed: run.seed, validation }],
      run,
      solved,
    })),
    peftComparison.metric.direction,
  ).map(({ method, configuration }) => ({
    run: configuration.run,
    tried: runs.filter((run) => nameOf(run) === method),
    successes: configuration.solved,
    examples: peftComparison.testExamples,
  }));
}

function admitted(run: PublishedRun, { memoryBudgetMiB, maxTrainableParameters }: LeaderboardQuery): boolean {
  return (
    (memoryBudgetMiB === undefined || run.peakBytes <= memoryBudgetMiB * MIB) &&
    (maxTrainableParameters === undefined || run.trainableParameters <= maxTrainableParameters)
  );
}

function unranked(run: PublishedRun, name: string, query: LeaderboardQuery): LeaderboardRow {
  const tooLarge = run.failure === null && !admitted(run, { ...query, maxTrainableParameters: undefined });
  return {
    ...facts(run, name),
    status: run.failure !== null ? 'failed' : tooLarge ? 'does-not-fit' : 'unscored',
    validation: run.validation ?? null,
    score: null,
    interval: null,
    intervalCovers: null,
    group: null,
    pareto: false,
    edges: [],
    tuningTrials: 1,
    tuningSteps: run.steps,
    reason:
      run.failure ??
      (tooLarge
        ? `measured peak ${Math.ceil(run.peakBytes / MIB)} MiB is above ${query.memoryBudgetMiB} MiB`
        : 'no published run is within what was asked for'),
  };
}

/** The published figures of a run. */
const known = ({ trainableParameters, adapterBytes, peakBytes }: PublishedRun): Known => ({
  training: { trainableParameters, adapterBytes },
  measuredBytes: peakBytes,
  scoring: undefined,
  work: undefined,
  hasTokens: true,
  metric: peftComparison.metric.name,
});

/** What a row says of a run whether it is ranked or not. */
function facts(run: PublishedRun, name: string) {
  return {
    method: name,
    optimizer: run.optimizer,
    rank: run.rank,
    trainedRank: null,
    keeps: null,
    learningRate: run.learningRate,
    config: run.config,
    steps: run.steps,
    seeds: 1,
    ...measured([known(run)]),
    predicted: null,
    smallestBudgetMiB: null,
    trialIds: [],
  };
}
