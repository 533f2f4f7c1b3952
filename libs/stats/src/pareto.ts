import { betterFirst, type Direction } from './order.js';

/**
 * The points no other point beats: nothing costs at most as much and scores at least as well, one of them strictly.
 * Cost is minimized (bytes, parameters, seconds); `direction` says which way the score improves. Points that are equal
 * in both stay together. The front comes back by rising cost; points without a finite score are left out.
 *
 * @example paretoFront([{ cost: 1, score: 3 }, { cost: 2, score: 3 }, { cost: 4, score: 1 }], 'minimize')
 * // [{ cost: 1, score: 3 }, { cost: 4, score: 1 }]
 */
export function paretoFront<P extends { cost: number; score: number }>(
  points: readonly P[],
  direction: Direction,
): P[] {
  const better = betterFirst(direction);
  const byCost = points
    .filter((point) => Number.isFinite(point.cost) && Number.isFinite(point.score))
    .sort((a, b) => a.cost - b.cost || better(a.score, b.score));
  const front: P[] = [];
  for (const point of byCost) {
    const last = front.at(-1);
    const ties = last !== undefined && last.cost === point.cost && last.score === point.score;
    if (last === undefined || ties || better(point.score, last.score) < 0) front.push(point);
  }
  return front;
}
