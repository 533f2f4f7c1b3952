import { describe, expect, it } from 'vitest';
import { meanRanks, type TaskScores } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface Expected {
  /** By contender, then task; larger is better. */
  scores: number[][];
  alpha: number;
  meanRanks: number[];
  chiSquared: number;
  f: number;
  p: number;
  criticalDifference: number;
}

const tasksOf = (scores: number[][]): TaskScores[] =>
  scores[0]!.map((_, task) => ({
    direction: 'maximize',
    scores: new Map(scores.map((row, index) => [`m${index}`, row[task]!])),
  }));

const ranking = (...orders: string[][]): TaskScores[] =>
  orders.map((order) => ({ direction: 'minimize', scores: new Map(order.map((name, index) => [name, index])) }));

describe('meanRanks', () => {
  it.each(vectors<Expected>('aggregate'))('agrees with scipy: case %#', (expected) => {
    const { contenders, missing, test } = meanRanks(tasksOf(expected.scores), expected.alpha);
    const byName = new Map(contenders.map(({ name, meanRank }) => [name, meanRank]));
    expected.meanRanks.forEach((rank, index) => {
      expect(byName.get(`m${index}`)).toBeCloseTo(rank, 12);
    });
    expect(test!.chiSquared).toBeCloseTo(expected.chiSquared, 9);
    expect(test!.f).toBeCloseTo(expected.f, 8);
    expect(test!.p).toBeCloseTo(expected.p, 9);
    expect(test!.criticalDifference).toBeCloseTo(expected.criticalDifference, 6);
    expect(missing).toEqual([]);
  });

  it('turns with the direction of each task', () => {
    const [up, down] = [
      {
        direction: 'maximize' as const,
        scores: new Map([
          ['a', 2],
          ['b', 1],
        ]),
      },
      {
        direction: 'minimize' as const,
        scores: new Map([
          ['a', 2],
          ['b', 1],
        ]),
      },
    ];
    expect(meanRanks([up, down], 0.05).contenders.map(({ meanRank, ranks }) => [meanRank, ranks])).toEqual([
      [1.5, [1, 2]],
      [1.5, [2, 1]],
    ]);
  });

  it('ranks a score that is not finite last, and does not rank who was not everywhere', () => {
    const tasks: TaskScores[] = [
      {
        direction: 'minimize',
        scores: new Map([
          ['a', 1],
          ['b', Number.NaN],
          ['c', 2],
        ]),
      },
      {
        direction: 'minimize',
        scores: new Map([
          ['a', 1],
          ['b', 3],
        ]),
      },
    ];
    const { contenders, missing } = meanRanks(tasks, 0.05);
    expect(contenders.map(({ name, ranks }) => [name, ranks])).toEqual([
      ['a', [1, 1]],
      ['b', [2, 2]],
    ]);
    expect(missing).toEqual([{ name: 'c', tasks: [1] }]);
  });

  it('calls nothing different on two tasks that agree on two contenders: by chance they do half the time', () => {
    const { contenders, test } = meanRanks(ranking(['a', 'b'], ['a', 'b']), 0.05);
    expect([test!.f, test!.p]).toEqual([Number.POSITIVE_INFINITY, 0.5]);
    expect(contenders.map(({ letters }) => letters)).toEqual([['a'], ['a']]);
  });

  it('parts by the critical difference where the tasks agree', () => {
    const { contenders, test } = meanRanks(ranking(...Array.from({ length: 8 }, () => ['a', 'b', 'c', 'd'])), 0.05);
    expect(test!.criticalDifference).toBeCloseTo(1.658, 3);
    expect(contenders.map(({ name, letters }) => [name, letters.join('')])).toEqual([
      ['a', 'a'],
      ['b', 'ab'],
      ['c', 'bc'],
      ['d', 'c'],
    ]);
  });

  it('makes no test of one task', () => {
    expect(meanRanks(ranking(['a', 'b']), 0.05)).toEqual({
      contenders: [
        { name: 'a', ranks: [1], meanRank: 1, letters: [] },
        { name: 'b', ranks: [2], meanRank: 2, letters: [] },
      ],
      missing: [],
    });
  });

  it('has nothing to tell apart where everybody is level', () => {
    const level: TaskScores = {
      direction: 'minimize',
      scores: new Map([
        ['a', 1],
        ['b', 1],
      ]),
    };
    const { test } = meanRanks([level, level, level], 0.05);
    expect([test!.chiSquared, test!.f, test!.p]).toEqual([0, 0, 1]);
  });

  it('refuses an alpha that is none', () => {
    expect(() => meanRanks([], 1)).toThrow(new RangeError('meanRanks: expected alpha between 0 and 1, got 1'));
  });
});
