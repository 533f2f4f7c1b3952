/** @file Runs that were not made here, published by others or trained elsewhere, as boards read them. */
import {
  type BoardFigures,
  defaultSweepKind,
  type Known,
  type LeaderboardQuery,
  MIB,
  measured,
} from '@rankforge/contracts';
import { alpha } from './levels.js';

/** Facts of a run as they were reported; null where nobody says it. */
export interface ReportedRun {
  method: string;
  optimizer: string;
  rank: number | null;
  learningRate: number | null;
  config: Record<string, unknown>;
  steps: number | null;
  trainableParameters: number | null;
  adapterBytes: number | null;
  peakBytes: number | null;
}

/** Fields of a board that nobody planned here: it has no budgets, scenarios or reference lines, and nothing on it may still run. */
export const unplanned = {
  kind: defaultSweepKind,
  references: [],
  budgetsMiB: [],
  scenarios: [],
  scenario: null,
  limits: {},
  alpha,
  complete: true,
} satisfies Partial<BoardFigures>;

type Asked = Pick<LeaderboardQuery, 'memoryBudgetMiB' | 'maxTrainableParameters' | 'rank'>;

/** Whether a run is within what a query allows; one without a rank is of any, and one whose memory nobody says is within no budget. */
export function isAdmitted(run: ReportedRun, { memoryBudgetMiB, maxTrainableParameters, rank }: Asked): boolean {
  const within = (amount: number | null, most: number | undefined) =>
    most === undefined || (amount !== null && amount <= most);
  return (
    (rank === undefined || run.rank === null || run.rank === rank) &&
    within(run.peakBytes, memoryBudgetMiB === undefined ? undefined : memoryBudgetMiB * MIB) &&
    within(run.trainableParameters, maxTrainableParameters)
  );
}

/** Why a run does not fit the budget of a query; undefined where it does, or where nobody says its memory. */
export function excessText({ peakBytes }: ReportedRun, { memoryBudgetMiB }: Asked): string | undefined {
  if (peakBytes === null || memoryBudgetMiB === undefined || peakBytes <= memoryBudgetMiB * MIB) return undefined;
  return `measured peak ${Math.ceil(peakBytes / MIB)} MiB is above ${memoryBudgetMiB} MiB`;
}

/** The reported figures of a run. */
export const knownOf = ({ trainableParameters, adapterBytes, peakBytes }: ReportedRun, metric: string): Known => ({
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

/** Facts that a row says of its runs, one at least and all of one configuration, whether it is ranked or not. */
export function factsOf(runs: readonly ReportedRun[], metric: string) {
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
    ...measured(runs.map((run) => knownOf(run, metric))),
    pareto: false,
    predicted: null,
    smallestBudgetMiB: null,
    trialIds: [],
  };
}

/** The trials and steps that it took to choose among runs. */
export function ledgerOf(tried: readonly ReportedRun[]) {
  return { tuningTrials: tried.length, tuningSteps: tried.reduce((sum, { steps }) => sum + (steps ?? 0), 0) };
}

/** The run with the smallest peak; one whose peak nobody says comes last. */
export function smallestOf<R extends ReportedRun>(runs: readonly R[]): R {
  const peak = ({ peakBytes }: R) => peakBytes ?? Number.POSITIVE_INFINITY;
  return runs.reduce((best, run) => (peak(run) < peak(best) ? run : best));
}
