/** @file The board of published results: same columns and same honesty as a board of trials. */

import {
  type BoardReading,
  confidence,
  excessText,
  factsOf,
  gridEdges,
  isAdmitted,
  isWithin,
  knownOf,
  ledgerOf,
  markPareto,
  smallestOf,
  unplanned,
  verdictOf,
} from '@rankforge/boards';
import {
  type BoardFigures,
  type Comparison,
  groupBy,
  type LeaderboardQuery,
  type LeaderboardRow,
} from '@rankforge/contracts';
import { proportionBoard, type Shares, selectPerMethod } from '@rankforge/stats';
import type { Publication, PublishedRun } from './publication.js';

interface Contender {
  run: PublishedRun;
  /** Runs that this one was chosen from, by validation accuracy. */
  tried: readonly PublishedRun[];
  shares: Shares;
}

export function publishedBoard(
  query: LeaderboardQuery,
  { publication, runs }: { publication: Publication; runs: readonly PublishedRun[] },
  reading: BoardReading,
): BoardFigures {
  const { task, metric, source, remark, testExamples } = publication;
  const nameOf = (run: PublishedRun) => (query.by === 'method' ? run.method : run.name);
  const contenders = choose(
    runs.filter((run) => isAdmitted(run, query) && isWithin({ known: knownOf(run, metric.name) }, reading)),
    nameOf,
    metric.direction,
  );
  const board = proportionBoard(contenders, confidence);
  const ranked = board.entries.map(({ row, score, letters }): LeaderboardRow => {
    const { run, tried } = row;
    return {
      ...factsOf([run], metric.name),
      method: nameOf(run),
      status: 'scored',
      validation: run.validation ?? null,
      score: score.estimate,
      interval: [score.low, score.high],
      intervalCovers: 'examples-only',
      group: letters.join(''),
      edges: query.by === 'method' ? gridEdges(tuned(run), tried.map(tuned)) : [],
      ...ledgerOf(tried),
      reason: null,
    };
  });
  const listed = new Set(contenders.map(({ run }) => nameOf(run)));
  const others = [...groupBy(runs, nameOf)]
    .filter(([name]) => !listed.has(name))
    .map(([name, of]) => unranked(closest(of), name, { query, metric: metric.name }));
  const rows = markPareto([...ranked, ...others], metric.direction, reading.cost);
  const comparisons = board.pairs.map(
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
      covers: 'examples-only',
      untested: null,
    }),
  );
  return {
    ...unplanned,
    task,
    base: query.base,
    metric,
    rows,
    verdict: verdictOf({ rows, comparisons, memoryBudgetMiB: query.memoryBudgetMiB }),
    comparisons,
    testExamples,
    published: { source, remark },
  };
}

const tuned = ({ config, steps, ...run }: PublishedRun) => ({
  ...run,
  steps: steps ?? 0,
  methodConfig: config,
  optimizerConfig: {},
});

/** Per contender the run with the best validation accuracy; the test split is not looked at. One that is alone needs none. */
function choose(
  runs: readonly PublishedRun[],
  nameOf: (run: PublishedRun) => string,
  direction: Publication['metric']['direction'],
): Contender[] {
  const tried = (method: string) => runs.filter((run) => nameOf(run) === method);
  const scored = runs.flatMap((run) => (run.shares === undefined ? [] : [{ run, shares: run.shares }]));
  const alone = scored.filter(({ run }) => tried(nameOf(run)).length === 1);
  const several = scored.flatMap(({ run, shares }) =>
    run.validation === undefined || tried(nameOf(run)).length === 1
      ? []
      : [
          {
            key: run.name,
            method: nameOf(run),
            seeds: [{ seed: run.seed, validation: run.validation }],
            run,
            shares,
          },
        ],
  );
  return [
    ...alone.map(({ run, shares }) => ({ run, shares, tried: [run] })),
    ...selectPerMethod(several, direction).map(({ method, configuration: { run, shares } }) => ({
      run,
      shares,
      tried: tried(method),
    })),
  ];
}

/** The run of a contender that came closest to being ranked: of those that did not fail, where any did not, the one with the smallest peak. */
function closest(runs: readonly PublishedRun[]): PublishedRun {
  const finished = runs.filter(({ failure }) => failure === null);
  return smallestOf(finished.length > 0 ? finished : runs);
}

function unranked(
  run: PublishedRun,
  name: string,
  { query, metric }: { query: LeaderboardQuery; metric: string },
): LeaderboardRow {
  const { failure } = run;
  const excess = failure === null ? excessText(run, query) : undefined;
  return {
    ...factsOf([run], metric),
    method: name,
    status: failure !== null ? 'failed' : excess !== undefined ? 'does-not-fit' : 'unscored',
    validation: run.validation ?? null,
    score: null,
    interval: null,
    intervalCovers: null,
    group: null,
    edges: [],
    ...ledgerOf([run]),
    reason: failure ?? excess ?? 'no published run is within what was asked for',
  };
}
