import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupNearDuplicates } from '../src/text/near-duplicates.js';
import { jaccard } from './support/overlap.js';

/** Few words, so that random texts are often near-duplicates. */
const text = fc
  .array(fc.constantFrom('sea', 'ship', 'whale', 'captain'), { maxLength: 12 })
  .map((words) => words.join(' '));

describe('groupNearDuplicates', () => {
  it('agrees with comparing every pair and closing the groups', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 14 }), fc.constantFrom(0.3, 0.5, 0.8, 1), (texts, threshold) => {
        const expected = texts.map((_, i) => i);
        for (let changed = true; changed; ) {
          changed = false;
          texts.forEach((a, i) => {
            texts.forEach((b, j) => {
              if (expected[j]! < expected[i]! && jaccard(a, b) >= threshold) {
                expected[i] = expected[j]!;
                changed = true;
              }
            });
          });
        }
        expect(groupNearDuplicates(texts, threshold)).toEqual(expected);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('ignores case, accents, punctuation, spacing and digits', () => {
    expect(groupNearDuplicates(['Aye, aye, sir 12!', 'Call me Ishmael.', 'áye  AYE\nsir 7'], 1)).toEqual([0, 1, 0]);
  });

  it('takes no texts', () => {
    expect(groupNearDuplicates([], 0.5)).toEqual([]);
  });
});
