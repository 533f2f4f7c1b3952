import quantile from '@stdlib/stats-base-dists-normal-quantile';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Standard normal numbers from a seed (Box and Muller). */
export function normals(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator))) * Math.cos(2 * Math.PI * uniformFloat64(generator));
}

export interface Mix {
  seeds: number;
  examples: number;
  seedSd: number;
  exampleSd: number;
  residualSd: number;
}

/** A crossed table with mean 0: `seed + example + residual`. */
export function crossedTable(normal: () => number, mix: Mix, exampleEffects = draw(normal, mix.examples)): number[][] {
  return draw(normal, mix.seeds).map((seed) =>
    exampleEffects.map((example) => mix.seedSd * seed + mix.exampleSd * example + mix.residualSd * normal()),
  );
}

export function draw(normal: () => number, count: number): number[] {
  return Array.from({ length: count }, normal);
}

export interface Answers extends Omit<Mix, 'residualSd'> {
  /** Chance that an answer is right, over all seeds and examples. */
  chance: number;
}

/** Right (1) and wrong (0) answers: right where `threshold + seed + example + noise` is above 0. */
export function answers(normal: () => number, { chance, ...mix }: Answers): number[][] {
  const spread = Math.sqrt(1 + mix.seedSd ** 2 + mix.exampleSd ** 2);
  const threshold = quantile(chance, 0, 1) * spread;
  return crossedTable(normal, { ...mix, residualSd: 1 }).map((row) =>
    row.map((value) => Number(threshold + value > 0)),
  );
}
