/**
 * @file Median stopping. Source: Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, "Google Vizier", KDD 2017, section
 * 3.2.2, with the median at a step in place of that of running averages.
 */
import { asLoss, type Direction } from '../direction.js';

export interface MedianStopping {
  /** Trials that must have completed before any is stopped. */
  startupTrials: number;
  /** Steps before which no trial is stopped. */
  warmupSteps: number;
  /** A trial is judged at its first report in each interval of so many steps. */
  intervalSteps: number;
  /** Completed trials that must have reported at the step. */
  minTrials: number;
}

export interface Report {
  step: number;
  value: number;
}

export interface MedianDecision {
  stop: boolean;
  /** Best value of the trial so far and the median of the others at the step, where they were compared. */
  compared?: { best: number; median: number; trials: number };
}

/**
 * A trial stops if the best value it ever reported is worse than the median of what completed trials reported at its last
 * step.
 *
 * @param reports of the trial, at least one
 * @param completed reports of each trial that ran to its end
 */
export function medianStopping(
  reports: readonly Report[],
  completed: readonly (readonly Report[])[],
  { startupTrials, warmupSteps, intervalSteps, minTrials }: MedianStopping,
  direction: Direction,
): MedianDecision {
  const step = Math.max(...reports.map((report) => report.step));
  if (completed.length < Math.max(1, startupTrials) || step < warmupSteps) return { stop: false };
  const interval = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
  if (reports.some((report) => report.step !== step && report.step >= interval)) return { stop: false };
  const numbers = reports.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  if (numbers.length === 0) return { stop: true };
  const atStep = completed.flatMap((trial) => trial.filter((report) => report.step === step));
  const others = atStep.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  if (atStep.length < minTrials || others.length === 0) return { stop: false };
  const best = numbers.reduce((a, b) => (asLoss(b, direction) < asLoss(a, direction) ? b : a));
  const median = middle(others);
  const stop = asLoss(best, direction) > asLoss(median, direction);
  return { stop, compared: { best, median, trials: others.length } };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
}
