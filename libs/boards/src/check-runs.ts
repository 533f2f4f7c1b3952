/** @file Holds what a request says against itself and the board that it adds to. */
import {
  type AddRuns,
  type ElsewhereRun,
  type FieldError,
  type RunMetric,
  runMetric,
  usualMetricNames,
  usualRunMetric,
} from '@rankforge/contracts';
import { BoardRefused } from './refused.js';

/** A board as it is, as far as runs have to agree with it. */
export interface PresentBoard {
  title: string;
  metric: RunMetric;
  examples: number | null;
}

/**
 * The metric of the board that runs are added to.
 * @throws BoardRefused naming what is not as it is on the board, or what nobody says
 */
export function metricOf({ metric: asked, title }: AddRuns, board: PresentBoard | undefined): RunMetric {
  if (!board) {
    const metric = runMetric(asked ?? { name: usualRunMetric });
    if (metric) return metric;
    const message = `expected "maximize" or "minimize": only of ${usualMetricNames.join(', ')} the name says which is better`;
    throw new BoardRefused([{ path: '/metric/direction', message }]);
  }
  const differing = Object.entries(asked ?? {}).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(board.metric[field as keyof RunMetric]),
  );
  const errors = differing.map(
    ([field, value]): FieldError => ({
      path: `/metric/${field}`,
      message: `the board has ${JSON.stringify(board.metric[field as keyof RunMetric])}, got ${JSON.stringify(value)}`,
    }),
  );
  if (title !== undefined && title !== board.title) {
    errors.push({ path: '/title', message: `the board is called "${board.title}", got "${title}"` });
  }
  if (errors.length > 0) throw new BoardRefused(errors);
  return board.metric;
}

/** The largest difference of a score from the mean of its examples, relative to it where that is above 1: scores are rounded. */
const rounding = 0.005;

/**
 * The number of test examples of the board once the runs are on it; null where none has scores by example.
 * @throws BoardRefused naming the fields of runs that are out of the metric's range, or not of the same test set
 */
export function examplesOfRuns(
  runs: readonly ElsewhereRun[],
  metric: RunMetric,
  present: number | null,
): number | null {
  const first = runs.findIndex(({ examples }) => examples !== null);
  const expected = present ?? runs[first]?.examples?.length ?? null;
  const whose = present === null ? `run ${first}` : 'the board';
  const errors = runs.flatMap((run, index) => {
    const at = (field: string, message: string): FieldError => ({ path: `/runs/${index}/${field}`, message });
    const { examples, score } = run;
    const found = [
      ...outOfRange(run, metric).map(([field, message]) => at(field, message)),
      ...(examples !== null && examples.length !== expected
        ? [at('examples', `${whose} has ${expected} examples, got ${examples.length}: all runs are of one test set`)]
        : []),
    ];
    if (examples === null || score === null || found.length > 0) return found;
    const mean = meanOf(examples, metric);
    if (Math.abs(mean - score) <= rounding * Math.max(1, Math.abs(mean))) return [];
    const made = metric.scale === 'mean' ? 'the mean' : 'the exponential of the mean';
    return [at('score', `is not ${made} of its examples, which is ${mean.toPrecision(6)}, got ${score}`)];
  });
  if (errors.length > 0) throw new BoardRefused(errors);
  return expected;
}

function meanOf(examples: readonly number[], { scale }: RunMetric): number {
  const mean = examples.reduce((sum, score) => sum + score, 0) / examples.length;
  return scale === 'mean' ? mean : Math.exp(mean);
}

/** Fields of a run that the metric cannot have, and what is wrong with each. */
function outOfRange(run: ElsewhereRun, metric: RunMetric): [field: string, message: string][] {
  const { score, validation, examples } = run;
  const given = Object.entries({ score, validation }).flatMap(([field, value]): [string, string][] =>
    value === null || isWithin(value, metric) ? [] : [[field, rangeText(value, metric)]],
  );
  const wrong = examples && wrongExamples(examples, metric);
  return wrong ? [...given, wrong] : given;
}

/** Each example is a score of its own where scores are means; the exponential of a mean is a number in the range. */
function wrongExamples(examples: readonly number[], metric: RunMetric): [field: string, message: string] | undefined {
  if (metric.scale === 'mean') {
    const index = examples.findIndex((score) => !isWithin(score, metric));
    return index < 0 ? undefined : [`examples/${index}`, rangeText(examples[index]!, metric)];
  }
  const score = meanOf(examples, metric);
  if (!Number.isFinite(score)) {
    const message = `the exponential of their mean is too large a number: expected the logarithm of the ${metric.name} of each`;
    return ['examples', message];
  }
  return isWithin(score, metric) ? undefined : ['examples', rangeText(score, metric)];
}

function isWithin(value: number, { range: [low, high], scale }: RunMetric): boolean {
  if (scale === 'exp-mean' && value <= 0) return false;
  return (low === null || value >= low) && (high === null || value <= high);
}

function rangeText(value: number, { name, range: [low, high], scale }: RunMetric): string {
  const least = scale === 'exp-mean' && (low ?? 0) <= 0 ? 'above 0' : (low ?? '-∞');
  const isPercentage = low === 0 && high === 1 && value > 1 && value <= 100;
  const advice = isPercentage ? '; divide percentages by 100' : '';
  return `${name} is in the range ${least} to ${high ?? '∞'}, got ${value}${advice}`;
}
