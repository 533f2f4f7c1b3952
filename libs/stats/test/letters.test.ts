import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupLetters } from '../src/index.js';

const relation = fc.integer({ min: 0, max: 8 }).chain((count) => {
  const pairs = Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, offset) => [i, i + offset + 1] as const),
  );
  return fc.record({ count: fc.constant(count), different: fc.subarray(pairs) });
});

const share = (a: readonly string[], b: readonly string[]) => a.some((letter) => b.includes(letter));

describe('groupLetters', () => {
  it('lets two items share a letter if and only if they are not different', () => {
    fc.assert(
      fc.property(relation, ({ count, different }) => {
        const letters = groupLetters(count, different);
        const apart = new Set(different.map(([a, b]) => `${a},${b}`));
        for (let i = 0; i < count; i++) {
          for (let j = i + 1; j < count; j++) {
            expect(share(letters[i]!, letters[j]!)).toBe(!apart.has(`${i},${j}`));
          }
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('gives every item a letter and uses no letter whose items are all under another', () => {
    fc.assert(
      fc.property(relation, ({ count, different }) => {
        const letters = groupLetters(count, different);
        const holders = new Map<string, number[]>();
        letters.forEach((own, item) => {
          expect(own).not.toEqual([]);
          for (const letter of own) holders.set(letter, [...(holders.get(letter) ?? []), item]);
        });
        for (const [letter, items] of holders) {
          for (const [other, more] of holders) {
            if (letter !== other) expect(items.every((item) => more.includes(item))).toBe(false);
          }
        }
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  it.each([
    ['nothing differs', 3, [], ['a', 'a', 'a']],
    ['a chain', 3, [[0, 2]], ['a', 'ab', 'b']],
    [
      'the best apart from all',
      3,
      [
        [0, 1],
        [0, 2],
      ],
      ['a', 'b', 'b'],
    ],
  ] as const)('%s', (_, count, different, expected) => {
    expect(groupLetters(count, different).map((own) => own.join(''))).toEqual(expected);
  });

  it('needs no more letters than items where there are 2ⁿ groups', () => {
    const disjoint = Array.from({ length: 30 }, (_, i) => [2 * i, 2 * i + 1] as const);
    const letters = groupLetters(60, disjoint);
    expect(new Set(letters.flat()).size).toBeLessThanOrEqual(60);
    for (const [a, b] of disjoint) expect(share(letters[a]!, letters[b]!)).toBe(false);
    expect(share(letters[0]!, letters[59]!)).toBe(true);
  });

  it('goes on after z with a₂, b₂', () => {
    const all = Array.from({ length: 28 }, (_, i) => i);
    const different = all.flatMap((i) => all.slice(i + 1).map((j) => [i, j] as const));
    expect(groupLetters(28, different).slice(24).flat()).toEqual(['y', 'z', 'a₂', 'b₂']);
  });
});
