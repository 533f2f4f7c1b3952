/**
 * @file Hyperband's brackets: successive halving at several bets on how early a trial can be judged. Source: Li, Jamieson,
 * DeSalvo, Rostamizadeh and Talwalkar, "Hyperband", JMLR 18 (2018), Algorithm 1.
 */
import { type Halving, rungSteps } from './halving.js';

export interface Bracket {
  /** Steps at which the bracket's rungs end. */
  ends: number[];
  /** Trials of this bracket in a round of all brackets. */
  trials: number;
}

/**
 * Brackets, the one that judges earliest first: as many as there are powers of `reduction` from `minSteps` to `maxSteps`.
 * Bracket b of B starts at rung b with ⌈B η^s / (s + 1)⌉ trials, s = B − 1 − b.
 *
 * @example hyperband({ minSteps: 1, maxSteps: 9, reduction: 3 }) // 9, 5 and 3 trials from step 1, 3 and 9
 * @throws RangeError naming what is out of range
 */
export function hyperband({ minSteps, maxSteps, reduction }: Omit<Halving, 'earliest'>): Bracket[] {
  rungSteps({ minSteps, maxSteps, reduction });
  let count = 1;
  while (minSteps * reduction ** count <= maxSteps) count += 1;
  return Array.from({ length: count }, (_, bracket) => {
    const others = count - 1 - bracket;
    return {
      ends: rungSteps({ minSteps, maxSteps, reduction, earliest: bracket }),
      trials: Math.ceil((count * reduction ** others) / (others + 1)),
    };
  });
}

/**
 * Brackets of the trials of a round of all brackets, in the order in which trials come: each goes to the bracket that is
 * furthest behind its share of those so far, the earlier one where several are. So a search that ends in the middle of a
 * round has tried each bracket by its share.
 *
 * @example dealt([{ trials: 5 }, { trials: 1 }, { trials: 1 }]) // [0, 0, 1, 0, 2, 0, 0]
 */
export function dealt(brackets: readonly Pick<Bracket, 'trials'>[]): number[] {
  const round = brackets.reduce((sum, { trials }) => sum + trials, 0);
  const behind = brackets.map(() => 0);
  return Array.from({ length: round }, () => {
    for (const [bracket, { trials }] of brackets.entries()) behind[bracket]! += trials;
    const next = behind.indexOf(Math.max(...behind));
    behind[next]! -= round;
    return next;
  });
}
