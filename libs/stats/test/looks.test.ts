import { describe, expect, it } from 'vitest';
import { type Configuration, leaderboard } from '../src/index.js';
import { normals } from './support/normal.js';

/** A row of scores without their examples. @param added places from which on seeds were added after a look */
const row = (method: string, scores: readonly number[], { added = Number.POSITIVE_INFINITY } = {}): Configuration => ({
  key: method,
  method,
  seeds: scores.map((score, seed) => ({ seed, look: seed < added ? 0 : 1, validation: 0, test: { score } })),
});
const pairOf = (rows: Configuration[], besides: Configuration[] = []) =>
  leaderboard({ rows, besides, direction: 'maximize' }).pairs.find(({ methods }) => methods.includes('c'))!;

describe('seeds that are added after a look', () => {
  const [a, b, c] = [
    [0.9, 0.91, 0.92],
    [0.89, 0.915, 0.905],
    [0.86, 0.87, 0.88],
  ];
  const seen = [row('a', a!), row('c', c!)];
  // The further seeds of the leader are worse than its first, and so is the mean.
  const further = [...a!, 0.87, 0.86, 0.88];

  it('do not undo what the first look told apart', () => {
    const before = pairOf(seen);
    expect(before).toMatchObject({ different: true, look: 0 });
    const after = pairOf([row('a', further, { added: 3 }), row('c', c!)]);
    expect(after).toMatchObject({ different: true, look: 0, adjustedP: before.adjustedP });
    expect(after.p).toBeGreaterThan(0.05);
    expect(after.simultaneous.low).toBeGreaterThanOrEqual(0);
    // Where nobody looked before, the same seeds tell nothing apart.
    expect(pairOf([row('a', further), row('c', c!)]).different).toBe(false);
  });

  it('undo it where the difference turns round', () => {
    const turned = [...a!, 0.7, 0.71, 0.72, 0.69];
    expect(pairOf([row('a', turned, { added: 3 }), row('c', c!)])).toMatchObject({ different: false, look: 1 });
  });

  it('count for what was not told apart', () => {
    const more = [0.905, 0.91, 0.9, 0.915, 0.907, 0.903];
    const worse = more.map((score, i) => score - 0.01 + 0.001 * (i % 2));
    const pairs = leaderboard({
      rows: [row('a', [...a!, ...more], { added: 3 }), row('b', [...b!, ...worse], { added: 3 }), row('c', c!)],
      direction: 'maximize',
    }).pairs;
    expect(pairs.find(({ methods }) => methods.join() === 'a,c')).toMatchObject({ different: true });
    expect(pairs.find(({ methods }) => methods.join() === 'a,b')!.look).toBe(1);
  });

  // The mean of the leader falls as its luck wears off: without the look 8 to 20 of 100 such pairs came undone.
  it.each([
    [5, 3],
    [12, 3],
    [5, 5],
  ])(
    'keep at least 95 of 100 proven pairs, and equal rows apart on at most 12 boards: %i rows, %i seeds',
    (methods, seeds) => {
      const normal = normals(31);
      let [proven, kept, wrong] = [0, 0, 0];
      const boards = 60;
      for (let i = 0; i < boards; i++) {
        const truth = Array.from({ length: methods }, (_, m) => (m * 2 < methods ? 0 : -5 / Math.sqrt(seeds)));
        const shared = Array.from({ length: seeds + 6 }, normal);
        const scores = truth.map((mean) => shared.map((effect) => mean + effect + normal()));
        const first = leaderboard({
          rows: scores.map((of, m) => row(`${m}`, of.slice(0, seeds))),
          direction: 'maximize',
        });
        const leader = first.entries[0]!;
        const tied = first.entries.filter(({ letters }) => letters.some((letter) => leader.letters.includes(letter)));
        const isTied = (m: number) => tied.some(({ method }) => method === `${m}`);
        const then = leaderboard({
          rows: scores.map((of, m) => row(`${m}`, isTied(m) ? of : of.slice(0, seeds), { added: seeds })),
          direction: 'maximize',
        });
        for (const pair of first.pairs.filter((one) => one.different && one.methods.includes(leader.method))) {
          proven++;
          const same = then.pairs.find(({ methods: both }) => pair.methods.every((method) => both.includes(method)))!;
          kept += Number(same.different);
        }
        const isEqual = (names: readonly string[]) => truth[Number(names[0])] === truth[Number(names[1])];
        wrong += Number(then.pairs.some((pair) => pair.different && isEqual(pair.methods)));
      }
      expect(proven).toBeGreaterThan(boards / 2);
      expect(kept / proven).toBeGreaterThanOrEqual(0.95);
      expect(wrong / boards).toBeLessThanOrEqual(0.12);
    },
  );
});

describe('rows beside a board', () => {
  it('make p of a pair the same whatever rows are shown, and leave only the correction to them', () => {
    const all = [
      row('a', [0.9, 0.91, 0.93]),
      row('b', [0.88, 0.885, 0.9]),
      row('c', [0.85, 0.87, 0.86]),
      row('d', [0.7, 0.72, 0.69]),
    ];
    const whole = leaderboard({ rows: all, direction: 'maximize' }).pairs.find(
      ({ methods }) => methods.join() === 'b,c',
    )!;
    const part = leaderboard({ rows: all.slice(1, 3), besides: all, direction: 'maximize' }).pairs[0]!;
    const alone = leaderboard({ rows: all.slice(1, 3), direction: 'maximize' }).pairs[0]!;
    expect(part.methods).toEqual(['b', 'c']);
    expect(part.p).toBe(whole.p);
    expect(part.adjustedP).toBe(part.p);
    expect(whole.adjustedP).toBeGreaterThan(whole.p);
    expect(alone.p).not.toBeCloseTo(whole.p, 3);
  });
});

it('tells a row apart though one of its seeds is its own', () => {
  const rows = (seed: number) => [
    row('a', [0.9, 0.91, 0.92]),
    {
      ...row('c', [0.8, 0.81, 0.82]),
      seeds: [0, 1, seed].map((s, i) => ({ seed: s, validation: 0, test: { score: 0.8 + 0.01 * i } })),
    },
    row('d', [0.79, 0.8, 0.815]),
    row('e', [0.78, 0.8, 0.81]),
  ];
  for (const seed of [2, 7]) {
    const { pairs } = leaderboard({ rows: rows(seed), direction: 'maximize' });
    expect(pairs.find(({ methods }) => methods.join() === 'a,c')).toMatchObject({ different: true, pairing: 'seeds' });
  }
});

/**
 * Share of the pairs of a better row that are told apart, by its seeds; the others have 0, 1 and 2.
 *
 * @param ofSeed deviation of what a seed does to all rows alike, in those of a seed of one row
 */
function foundShare(seedsOfBetter: readonly number[], ofSeed: number, boards = 60): number {
  const normal = normals(33);
  let found = 0;
  for (let i = 0; i < boards; i++) {
    const shared = Array.from({ length: 4 }, () => ofSeed * normal());
    const rows = Array.from({ length: 12 }, (_, m): Configuration => {
      const scores = shared.map((effect) => (m === 0 ? 3.6 : 0) + effect + normal());
      const seeds = m === 0 ? seedsOfBetter : [0, 1, 2];
      return {
        key: `${m}`,
        method: `${m}`,
        seeds: seeds.map((seed) => ({ seed, validation: 0, test: { score: scores[seed]! } })),
      };
    });
    const own = leaderboard({ rows, direction: 'maximize' }).pairs.filter(({ methods }) => methods.includes('0'));
    found += own.filter(({ different }) => different).length / own.length / boards;
  }
  return found;
}

// A test by the two seeds in common alone found 0.86 and 0.63 of them.
it.each([
  [0.9, 1],
  [0.7, 2],
])(
  'finds more than %f of the differences that equal seeds show, if a seed is the better row’s own and moves all rows by %i',
  (share, ofSeed) => {
    expect(foundShare([0, 1, 3], ofSeed) / foundShare([0, 1, 2], ofSeed)).toBeGreaterThan(share);
  },
);
