import { describe, expect, it } from 'vitest';
import { type Configuration, crossedMean, leaderboard } from '../src/index.js';
import { crossedTable, draw, type Mix, normals } from './support/normal.js';

const REPLICATIONS = 2000;

const mix = (seeds: number, examples: number, seedSd: number, exampleSd: number, residualSd: number): Mix => ({
  seeds,
  examples,
  seedSd,
  exampleSd,
  residualSd,
});

/** Share of intervals around simulated means that hold the true mean, 0. */
function coverage(of: Mix): number {
  const normal = normals(20);
  let covered = 0;
  for (let i = 0; i < REPLICATIONS; i++) {
    const { low, high } = crossedMean(crossedTable(normal, of), 0.95);
    if (low <= 0 && high >= 0) covered++;
  }
  return covered / REPLICATIONS;
}

describe('95 % interval', () => {
  it.each([
    ['examples only, one seed', mix(1, 40, 0, 1, 0)],
    ['two seeds, examples vary more', mix(2, 60, 0.05, 1, 0.3)],
    ['two seeds that vary as much as examples do', mix(2, 60, 0.3, 1, 0.5)],
    ['two seeds that vary most', mix(2, 60, 1, 1, 1)],
    ['examples vary, seeds do not', mix(3, 60, 0, 1, 0.3)],
    ['examples vary more than seeds', mix(3, 60, 0.05, 1, 0.5)],
    ['seeds vary as much as examples do', mix(5, 40, 0.2, 0.5, 0.3)],
    ['seeds vary most', mix(3, 60, 1, 0.2, 0.2)],
    ['ten seeds, all three vary', mix(10, 30, 0.3, 1, 0.5)],
  ])('holds the true mean in 93 to 97 of 100 cases: %s', (_, of) => {
    const share = coverage(of);
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThanOrEqual(0.97);
  });
});

/** Share of boards of equally good methods on which at least two are called different. */
function splitShare(methods: number, of: Mix): number {
  const normal = normals(21);
  const boards = 1000;
  let split = 0;
  for (let i = 0; i < boards; i++) {
    const exampleEffects = draw(normal, of.examples);
    const rows = Array.from(
      { length: methods },
      (_, m): Configuration => ({
        key: `${m}`,
        method: `${m}`,
        seeds: crossedTable(normal, of, exampleEffects).map((examples, seed) => ({
          seed,
          validation: 0,
          test: { examples },
        })),
      }),
    );
    if (leaderboard({ rows, direction: 'minimize' }).pairs.some((pair) => pair.different)) split++;
  }
  return split / boards;
}

describe('groups', () => {
  it.each([
    ['three methods, seeds vary least', 3, mix(3, 40, 0.02, 1, 0.3)],
    ['five methods, seeds and residuals vary alike', 5, mix(3, 40, 0.05, 1, 0.3)],
    ['five methods, seeds vary most', 5, mix(3, 40, 0.3, 1, 0.3)],
    ['five methods, two seeds', 5, mix(2, 40, 0.1, 1, 0.3)],
  ])('splits methods that are the same in at most 5 of 100 boards: %s', (_, methods, of) => {
    const share = splitShare(methods, of);
    expect(share).toBeLessThanOrEqual(0.05);
    expect(share).toBeGreaterThan(0);
  });
});
