import { describe, expect, it } from 'vitest';
import { type Configuration, crossedMean, leaderboard, withinRange } from '../src/index.js';
import { type Answers, answers, crossedTable, draw, type Mix, normals } from './support/normal.js';

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

/** Shares of intervals of an accuracy that hold the true chance: the plain one, and the one that stays within 0 and 1. */
function accuracyCoverage(of: Answers): { plain: number; within: number } {
  const normal = normals(22);
  const held = { plain: 0, within: 0 };
  for (let i = 0; i < REPLICATIONS; i++) {
    const plain = crossedMean(answers(normal, of), 0.95);
    const within = withinRange(plain, 0.95, [0, 1]);
    expect(within.low).toBeGreaterThanOrEqual(0);
    expect(within.high).toBeLessThanOrEqual(1);
    held.plain += Number(plain.low <= of.chance && of.chance <= plain.high);
    held.within += Number(within.low <= of.chance && of.chance <= within.high);
  }
  return { plain: held.plain / REPLICATIONS, within: held.within / REPLICATIONS };
}

describe('95 % interval of an accuracy', () => {
  it.each([
    [3, 29, 0.02],
    [3, 29, 0.5],
    [3, 29, 0.98],
    [10, 29, 0.98],
    [5, 100, 0.02],
    [10, 200, 0.5],
  ])(
    'stays within 0 and 1 and holds the chance at least 93 times of 100: %i seeds, %i examples, %f',
    (seeds, examples, chance) => {
      const { within } = accuracyCoverage({ seeds, examples, chance, seedSd: 0.3, exampleSd: 1.5 });
      expect(within).toBeGreaterThanOrEqual(0.93);
    },
  );

  it('holds it where the plain interval does not: near an end', () => {
    const { plain, within } = accuracyCoverage({ seeds: 3, examples: 29, chance: 0.98, seedSd: 0.3, exampleSd: 1.5 });
    expect(plain).toBeLessThan(0.8);
    expect(within).toBeGreaterThan(0.95);
  });
});

/** Share of boards of equally good methods on which at least two are called different. */
function splitShare(deviations: readonly number[], of: Mix, boards = 500): number {
  const normal = normals(21);
  let split = 0;
  for (let i = 0; i < boards; i++) {
    const exampleEffects = draw(normal, of.examples);
    const rows = deviations.map(
      (seedSd, m): Configuration => ({
        key: `${m}`,
        method: `${m}`,
        seeds: crossedTable(normal, { ...of, seedSd }, exampleEffects).map((examples, seed) => ({
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

/** Share of boards of two methods, right on the same share of examples, on which they are called different. */
function answersSplitShare(of: Answers, boards = 1000): number {
  const normal = normals(23);
  let split = 0;
  for (let i = 0; i < boards; i++) {
    const rows = ['a', 'b'].map(
      (method): Configuration => ({
        key: method,
        method,
        seeds: answers(normal, of).map((examples, seed) => ({ seed, validation: 0, test: { examples } })),
      }),
    );
    if (leaderboard({ rows, direction: 'maximize', range: [0, 1] }).pairs[0]!.different) split++;
  }
  return split / boards;
}

describe('groups', () => {
  // Seeds often agree in how many of few answers are right. Where that was taken for no variance, two seeds split 7 of 100 such boards.
  it.each([
    [2, 29],
    [2, 100],
    [3, 29],
  ])('splits methods that are right as often in at most 5 of 100 boards: %i seeds, %i examples', (seeds, examples) => {
    const share = answersSplitShare({ seeds, examples, chance: 0.85, seedSd: 0, exampleSd: 0 });
    expect(share).toBeLessThanOrEqual(0.05);
  });

  it.each([
    ['three methods, seeds vary least', 3, mix(3, 40, 0.02, 1, 0.3)],
    ['five methods, seeds and residuals vary alike', 5, mix(3, 40, 0.05, 1, 0.3)],
    ['five methods, seeds vary most', 5, mix(3, 40, 0.3, 1, 0.3)],
    ['five methods, two seeds', 5, mix(2, 40, 0.1, 1, 0.3)],
  ])('splits methods that are the same in at most 5 of 100 boards: %s', (_, methods, of) => {
    const share = splitShare(new Array<number>(methods).fill(of.seedSd), of);
    expect(share).toBeLessThanOrEqual(0.05);
    expect(share).toBeGreaterThan(0);
  });

  // One variance for all methods split 10 and 9 of 100 such boards of twelve; `npm run bench -- false-splits` has all of them.
  it.each([
    ['two of four', [0.3, 0.3, 0.03, 0.03], 1000],
    ['one of five', [0.15, 0.03, 0.03, 0.03, 0.03], 1000],
    ['one of twelve', [0.3, ...new Array<number>(11).fill(0.03)], 250],
    [
      'one much and three somewhat, of twelve',
      [0.08, ...new Array<number>(3).fill(0.035), ...new Array<number>(8).fill(0.012)],
      250,
    ],
  ])(
    'splits methods that are the same in at most 7 of 100 boards where some vary more between seeds: %s',
    (_, deviations, boards) => {
      expect(splitShare(deviations, mix(3, 4, 0, 0.001, 0.001), boards)).toBeLessThanOrEqual(0.07);
    },
  );
});
