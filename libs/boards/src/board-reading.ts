import {
  type AnyMeasure,
  amountOf,
  comparedMeasures,
  defaultCost,
  type Excess,
  type Known,
  type LeaderboardQuery,
  measures,
  type Planned,
  parseLimit,
} from '@rankforge/contracts';
import { BoardRefused } from './refused.js';

/** Questions by measures to a board: the cost of its Pareto front, and how much a training may take. */
export interface BoardReading {
  cost: AnyMeasure;
  limits: readonly { measure: AnyMeasure; most: number }[];
}

/** @throws BoardRefused `invalid` naming the measures that there are */
export function readingOf({
  cost = defaultCost,
  atMost = [],
}: Pick<LeaderboardQuery, 'cost' | 'atMost'>): BoardReading {
  const names = (of: readonly AnyMeasure[]) => of.map(({ name }) => name).join(', ');
  const measure = comparedMeasures.find(({ name }) => name === cost);
  const limits = [atMost].flat().map((text) => ({ text, limit: parseLimit(text) }));
  const wrong = limits.filter(({ limit }) => limit === undefined);
  if (!measure || wrong.length > 0) {
    const limiting = names(measures.filter((one) => one.limits));
    throw new BoardRefused([
      ...(measure
        ? []
        : [{ path: '/cost', message: `there is no measure "${cost}"; there are ${names(comparedMeasures)}` }]),
      ...wrong.map(({ text }) => ({
        path: '/atMost',
        message: `expected <measure>=<number> with one of ${limiting}, got "${text}"`,
      })),
    ]);
  }
  return { cost: measure, limits: limits.flatMap(({ limit }) => limit ?? []) };
}

/** Facts of a training: what it reported, and what follows from its shapes where it reported nothing. */
export interface Weighed {
  known: Known;
  planned?(): Planned | undefined;
}

/** Whether a training is within every limit; one that nobody has a number of is not. */
export const isWithin = ({ known, planned }: Weighed, { limits }: BoardReading): boolean =>
  limits.every(({ measure, most }) => {
    const amount = amountOf(known, measure) ?? predictionOf(measure, planned)?.amount;
    return amount !== undefined && amount <= most;
  });

/** The first limit that a training is above, by prediction before what it reported. */
export function excessOf({ known, planned }: Weighed, { limits }: BoardReading): Excess | undefined {
  for (const { measure, most } of limits) {
    const prediction = predictionOf(measure, planned);
    if (prediction && prediction.amount > most) return { how: 'predicted', measure, ...prediction, most };
    const amount = amountOf(known, measure);
    if (amount !== null && amount > most) return { how: 'measured', measure, amount, parts: {}, most };
  }
  return undefined;
}

function predictionOf({ predict }: AnyMeasure, planned: Weighed['planned']) {
  const facts = predict && planned?.();
  return facts && predict(facts);
}
