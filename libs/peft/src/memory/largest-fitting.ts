/** @file Fitting to a budget: the largest number that fits it by prediction. */
import type { LayerShape, Method } from '../method.js';

/**
 * The largest allowed number that fits, found by halving: `fits` must not become true again once it is false. Where not
 * even the smallest allowed one fits, that one, so that its bytes can be told. Undefined where none is allowed.
 *
 * @example largestFitting({ bound: 64, allowed: (n) => n % 4 === 0, fits: (n) => n <= 37 }) // 36
 */
export function largestFitting({
  bound,
  allowed,
  fits,
}: {
  bound: number;
  allowed(n: number): boolean;
  fits(n: number): boolean;
}): number | undefined {
  const firstFrom = (from: number, to: number) => {
    for (let n = from; n <= to; n++) if (allowed(n)) return n;
    return undefined;
  };
  const lastFrom = (from: number, downTo: number) => {
    for (let n = from; n > downTo; n--) if (allowed(n)) return n;
    return undefined;
  };
  const smallest = firstFrom(1, bound);
  if (smallest === undefined || !fits(smallest)) return smallest;
  let best = smallest;
  let low = smallest; // nothing between `best` and `low` is allowed
  let high = bound + 1; // nothing from here on fits
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const candidate = lastFrom(middle, low);
    if (candidate === undefined) low = middle;
    else if (fits(candidate)) {
      best = candidate;
      low = middle;
    } else high = candidate;
  }
  return best;
}

/**
 * The largest whole number from 1 to `bound` that takes no more bytes than the budget, which must not fall as it grows: by
 * secants, since bytes of a training are nearly straight in it, and by halving where these are slow. Null where 1 takes more.
 *
 * @param known a number to begin with
 * @example largestWithin({ bound: 4096, budget: 1000, bytes: (n) => 100 + 7 * n, known: 8 }) // 128
 */
export function largestWithin({
  bound,
  budget,
  bytes,
  known,
}: {
  bound: number;
  budget: number;
  bytes(n: number): number;
  known: number;
}): number | null {
  let low = 0; // what fits
  let high = bound + 1; // what does not
  let before: readonly [number, number] | undefined;
  let next = Math.min(known, bound);
  for (let tries = 1; high - low > 1; tries++) {
    const point = [next, bytes(next)] as const;
    if (point[1] <= budget) low = next;
    else high = next;
    const secant = before && next + ((budget - point[1]) * (next - before[0])) / (point[1] - before[1]);
    const middle = Math.floor((low + high) / 2);
    const isSlow = tries > 5 && tries % 2 === 0;
    const guess = before === undefined ? 1 : isSlow || !Number.isFinite(secant) ? middle : Math.floor(secant!);
    next = Math.min(Math.max(guess, low + 1), high - 1);
    before = point;
  }
  return low === 0 ? null : low;
}

/**
 * The largest rank worth asking for: with it every targeted layer is full, and every one takes it. `shapes` are those of the
 * targeted layers.
 */
export function rankAtMost({ maxRank }: Pick<Method, 'maxRank'>, shapes: readonly LayerShape[]): number {
  const full = Math.max(...shapes.map((shape) => Math.min(shape.in, shape.out)));
  return Math.min(full, ...shapes.map((shape) => maxRank?.(shape) ?? full));
}
