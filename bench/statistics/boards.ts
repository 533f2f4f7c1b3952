/** @file Boards of methods drawn from known deviations. */
import type { Random } from '@rankforge/peft';

/** How the scores of a board come about: score = shift of the method + seed + method's seed + example + rest. */
export interface Design {
  /** Seeds of every method; boards before and after an addition read a part of them. */
  seeds: number;
  /** Deviation between seeds, by method. */
  deviations: readonly number[];
  /** Deviation of what a seed does to all methods alike. Default: 0. */
  shared?: number;
  /** What a method is better by than the others; the rest of the methods are equal. */
  shifts?: readonly number[];
  /** Test examples, with the deviation of each method's own effect of an example and of the rest; none: seeds alone. */
  examples?: { count: number; deviation: number; rest: number };
}

export interface DrawnBoard {
  /** By method, then seed: the score, or that of each example. */
  scores: readonly (readonly (number | Float64Array)[])[];
}

export function drawBoard(random: Random, { seeds, deviations, shared = 0, shifts, examples }: Design): DrawnBoard {
  const common = Array.from({ length: seeds }, () => shared * random.normal());
  const scores = deviations.map((deviation, m) => {
    const level = common.map((effect) => (shifts?.[m] ?? 0) + effect + deviation * random.normal());
    if (!examples) return level;
    const effects = Float64Array.from({ length: examples.count }, () => examples.deviation * random.normal());
    return level.map((mean) => effects.map((effect) => mean + effect + examples.rest * random.normal()));
  });
  return { scores };
}
