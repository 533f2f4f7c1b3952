import {
  type AnyMeasure,
  amountOf,
  defaultCost,
  findMeasure,
  type Known,
  type LeaderboardQuery,
  measures,
  parseLimit,
} from '@rankforge/contracts';
import { invalid } from '../platform/http/problem.js';

/** Questions by measures to a board: the cost of its Pareto front, and how much a training may take. */
export interface BoardReading {
  cost: AnyMeasure;
  limits: readonly { measure: AnyMeasure; most: number }[];
}

/** @throws ProblemError `invalid` naming the measures that there are */
export function readingOf({
  cost = defaultCost,
  atMost = [],
}: Pick<LeaderboardQuery, 'cost' | 'atMost'>): BoardReading {
  const names = (of: readonly AnyMeasure[]) => of.map(({ name }) => name).join(', ');
  const measure = findMeasure(cost);
  const limits = [atMost].flat().map((text) => ({ text, limit: parseLimit(text) }));
  const wrong = limits.filter(({ limit }) => limit === undefined);
  if (!measure || wrong.length > 0) {
    const limiting = names(measures.filter((one) => one.limits));
    throw invalid([
      ...(measure ? [] : [{ path: '/cost', message: `there is no measure "${cost}"; there are ${names(measures)}` }]),
      ...wrong.map(({ text }) => ({
        path: '/atMost',
        message: `expected <measure>=<number> with one of ${limiting}, got "${text}"`,
      })),
    ]);
  }
  return { cost: measure, limits: limits.flatMap(({ limit }) => limit ?? []) };
}

/** Whether a training is within every limit; one that nobody has a number of is not. */
export const isWithin = (known: Known, { limits }: BoardReading): boolean =>
  limits.every(({ measure, most }) => {
    const amount = amountOf(known, measure);
    return amount !== null && amount <= most;
  });
