/** @file Which client has which examples, and who takes part in a round. */
import { createRandom } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { participants, sharesNeeded } from '../src/participation.js';
import { byDirichlet, byField, bySize } from '../src/partition.js';

describe('a partition', () => {
  const random = createRandom('partitions');

  it('has a client for each value of a field', () => {
    expect([...byField(['mail', 'forum', 'mail', 7])]).toEqual([
      ['mail', [0, 2]],
      ['forum', [1]],
      ['7', [3]],
    ]);
  });

  it('has clients of the sizes that shares say, and every example once', () => {
    const parts = [...bySize(10, [1, 2, 7], random.fork('sizes')).values()];
    expect(parts.map(({ length }) => length)).toEqual([1, 2, 7]);
    expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => index));
    expect([...bySize(10, [1, 2, 7], random.fork('sizes')).values()]).toEqual(parts);
    expect([...bySize(10, [1, 2, 7], random.fork('other')).values()]).not.toEqual(parts);
  });

  it('gives each of as many clients as there are examples its own', () => {
    const shares = Array.from({ length: 49 }, () => 1);
    const parts = bySize(49, shares, createRandom(0));
    expect([...parts.values()].map((part) => part.length)).toEqual(Array.from({ length: 49 }, () => 1));
  });

  it.each([0.1, 1, 10])('draws shares of a label from a Dirichlet distribution with concentration %d', (beta) => {
    const [labels, clients, each] = [400, 4, 200];
    const values = Array.from({ length: labels * each }, (_, index) => index % labels);
    const parts = [...byDirichlet(values, { clients, beta, random: random.fork(`beta/${beta}`) }).values()];
    expect(parts.flat()).toHaveLength(values.length);
    const shares = parts.map((part) => {
      const counts = new Float64Array(labels);
      for (const index of part) counts[values[index]!]! += 1 / each;
      return counts;
    });
    // Moments of a symmetric Dirichlet distribution: mean 1/K, variance (1/K)(1 − 1/K)/(Kβ + 1). Limits are five standard errors wide.
    const variance = (0.25 * 0.75) / (clients * beta + 1);
    for (const own of shares) {
      const mean = own.reduce((sum, share) => sum + share, 0) / labels;
      expect(Math.abs(mean - 0.25)).toBeLessThan(5 * Math.sqrt(variance / labels));
    }
    const all = shares.flatMap((own) => [...own]);
    const spread = all.reduce((sum, share) => sum + (share - 0.25) ** 2, 0) / all.length;
    expect(spread / variance).toBeGreaterThan(0.7);
    expect(spread / variance).toBeLessThan(1.4);
  });

  it.each([
    [100, 10, 100],
    [77, 5, 1],
    [1000, 1, 1],
  ])('favours no client by its place, with %d labels of %d examples and concentration %d', (labels, each, beta) => {
    const [clients, draws] = [10, 20];
    const values = Array.from({ length: labels * each }, (_, index) => index % labels);
    const sizes = new Float64Array(clients);
    for (let draw = 0; draw < draws; draw++) {
      const parts = byDirichlet(values, { clients, beta, random: random.fork(`places/${labels}/${draw}`) });
      for (const [client, part] of [...parts.values()].entries()) sizes[client]! += part.length / draws;
    }
    // A label gives a client n/K in the mean, with the variance of a Dirichlet share and at most 1/4 for rounding. Limits are five deviations.
    const ofLabel = (each ** 2 * (1 / clients) * (1 - 1 / clients)) / (clients * beta + 1) + 1 / 4;
    const limit = 5 * Math.sqrt((labels * ofLabel) / draws);
    for (const size of sizes) expect(Math.abs(size - (labels * each) / clients)).toBeLessThan(limit);
  });

  it('stays as it is for a seed', () => {
    const labels = Array.from('aabbbccaabbc');
    expect([...byDirichlet(labels, { clients: 3, beta: 0.5, random: createRandom(1) })]).toMatchInlineSnapshot(`
      [
        [
          "client-0",
          [
            0,
            1,
            2,
            4,
            7,
            8,
            10,
          ],
        ],
        [
          "client-1",
          [
            3,
            5,
            6,
            9,
            11,
          ],
        ],
        [
          "client-2",
          [],
        ],
      ]
    `);
  });

  it('refuses clients without examples, and concentrations that are none', () => {
    expect(() => bySize(2, [1, 1, 1], random)).toThrow(
      'clients: expected a whole number from 1 to the 2 examples, got 3',
    );
    expect(() => bySize(9, [1, 0], random)).toThrow('shares: expected positive numbers, got 0');
    expect(() => byDirichlet(['a'], { clients: 1, beta: 0, random })).toThrow(
      'beta: expected a positive number, got 0',
    );
  });

  it('asks other clients in each round, the same for a seed', () => {
    const ask = (round: number, seed = 1) =>
      participants(20, round, { share: 0.25, sampling: 'fixed', random: createRandom(seed) });
    expect(ask(0)).toEqual(ask(0));
    expect(new Set([ask(0), ask(1), ask(0, 2)].map(String)).size).toBe(3);
    const asked = Array.from({ length: 400 }, (_, round) => ask(round));
    expect(asked.every((some) => some.length === 5 && new Set(some).size === 5)).toBe(true);
    const times = Array.from({ length: 20 }, (_, client) => asked.filter((some) => some.includes(client)).length);
    // Five deviations of a binomial count.
    for (const count of times) expect(Math.abs(count - 100)).toBeLessThan(5 * Math.sqrt(400 * 0.25 * 0.75));
    const poisson = Array.from({ length: 400 }, (_, round) =>
      participants(20, round, { share: 0.25, sampling: 'poisson', random: createRandom(1) }),
    );
    const sizes = poisson.map(({ length }) => length);
    expect(Math.abs(sizes.reduce((sum, size) => sum + size, 0) / 400 - 5)).toBeLessThan(
      5 * Math.sqrt((20 * 0.25 * 0.75) / 400),
    );
    expect(new Set(sizes).size).toBeGreaterThan(5);
  });
});

it('asks a quorum for as many shares of a key as it has clients', () => {
  expect(sharesNeeded(25, 0.28)).toBe(7);
});
