import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupNearDuplicates } from '../src/text/near-duplicates.js';
import { jaccard } from './support/overlap.js';

/** Few words, so that random texts are often near-duplicates. */
const text = fc
  .array(fc.constantFrom('sea', 'ship', 'whale', 'captain'), { maxLength: 12 })
  .map((words) => words.join(' '));

/** Rows of templates with words of their own before, between and behind, so that pairs lie on both sides of a threshold. */
const templated = fc
  .array(
    fc.oneof(
      fc.constantFrom('what is the price of', 'in the city of', 'please tell me now'),
      fc.constantFrom('tea', 'salt', 'oil', 'rope'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(' '));

/** Letters and words of several scripts, marks and symbols, with spaces between some. */
const mixed = fc
  .array(fc.constantFrom('北', '京', 'ก็', 'กี', 'ば', 'は', 'का', 'की', 'sea', 'séa', '12', '7', '❤️', '❤', '。', ' '), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

/** Words that differ. */
function word(place: number): string {
  const digits = Array.from((place + 1000).toString(26), (digit) =>
    String.fromCharCode(97 + Number.parseInt(digit, 26)),
  );
  return digits.join('');
}

describe('groupNearDuplicates', () => {
  it.each([
    ['of few words', text],
    ['of templates', templated],
    ['of several scripts', mixed],
  ])('agrees with comparing every pair and closing the groups, with texts %s', (_, texts) => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 14 }), fc.constantFrom(0.3, 0.5, 0.8, 1), (texts, threshold) => {
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

  const scripts: [string, string][] = [
    ['Chinese', '东岛西港南山北海天气很好我们去公园'],
    ['Japanese', 'あいうえおサシスセソ山川空海'],
    ['Thai', 'กขคงจฉชซญดตถทน'],
    ['Lao', 'ກຂຄງຈສຊຍດຕຖທນບ'],
    ['Khmer', 'កខគឃងចឆជឈញដឋឌឍ'],
    ['Burmese', 'ကခဂဃငစဆဇဈညဋဌဍဎ'],
  ];
  it.each(scripts)('finds texts in %s that differ in one letter, and parts those that share few', (_, alphabet) => {
    const letters = Array.from(alphabet);
    const written = (factor: number) =>
      Array.from({ length: 60 }, (_, at) => letters[(at * at * factor + at) % letters.length]!);
    const [one, other] = [written(1), written(3)];
    const changed = one.with(30, letters.find((letter) => letter !== one[30])!);
    expect(
      groupNearDuplicates(
        [one, other, changed].map((text) => text.join('')),
        0.5,
      ),
    ).toEqual([0, 1, 0]);
  });

  it('compares letters in the place of words where no spaces part these, beside words and numbers that are whole', () => {
    // 3-grams of 去 东 岛 的 port 0 年, 5 of them; another word changes 3, so that 2 of 8 are shared.
    const texts = ['去东岛的port 2024年', '去东岛的 Port 7年', '去东岛的dock 2024年'];
    expect(groupNearDuplicates(texts, 0.26)).toEqual([0, 0, 2]);
    expect(groupNearDuplicates(texts, 0.25)).toEqual([0, 0, 0]);
  });

  it('ignores case, accents, punctuation, spacing and digits', () => {
    expect(groupNearDuplicates(['Aye, aye, sir 12!', 'Call me Ishmael.', 'áye  AYE\nsir 7'], 1)).toEqual([0, 1, 0]);
  });

  // Comparing all that share a phrase would take longer than a test may.
  it('parts 50,000 rows of a phrase that they share, of two lengths', () => {
    const long = Array.from({ length: 40_000 }, (_, at) => `what is the price of ${word(at)} in ${word(at * 7 + 3)}`);
    const short = Array.from({ length: 10_000 }, (_, at) => `what is the price of ${word(at)}`);
    // Rows of 3-grams in common: 3 of 9 of two long ones, 3 of 5 of two short ones, 4 of 6 where a long one begins as a short one.
    const groups = groupNearDuplicates([...long, ...short], 0.5);
    const apart = Array.from({ length: 40_000 }, (_, at) => (at < 10_000 ? 0 : at));
    expect(groups).toEqual([...apart, ...short.map(() => 0)]);
  });

  it('tells texts of symbols apart, which have neither letters nor digits', () => {
    const texts = ['😀 😀', '😀\n😀', '🎉', '❤️', '❤', '❤️🎉', '+ - (', '=> {}', '', ' \n', '…', '...'];
    expect(groupNearDuplicates(texts, 0.5)).toEqual([0, 0, 2, 3, 3, 5, 6, 7, 8, 8, 10, 10]);
  });

  it.each([
    ['Thai', ['กา', 'กี', 'กู', 'เก', 'กิ']],
    ['Hindi', ['कल', 'काल', 'कील', 'कुल', 'कूल', 'केल', 'कोल']],
    ['Tamil', ['கல', 'கால', 'கிலி', 'குல']],
    ['Japanese', ['はん', 'ばん', 'ぱん']],
  ])('tells words of %s apart that differ in a vowel or a sound', (_, words) => {
    expect(groupNearDuplicates(words, 0.5)).toEqual(words.map((_, at) => at));
  });

  it.each([
    ['Latin', 'naïve Ångström', 'naive Angstrom'],
    ['Greek', 'Καλημέρα', 'καλημερα'],
    ['Russian', 'ёлка', 'елка'],
    ['Hebrew', 'שָׁלוֹם', 'שלום'],
    ['Arabic', 'كَتَبَ', 'كتب'],
    ['numbers framed as emoji', 'Step 1️⃣', 'step 1'],
  ])('ignores accents and points of %s', (_, marked, plain) => {
    expect(groupNearDuplicates([marked, plain], 1)).toEqual([0, 0]);
  });

  it('takes no texts', () => {
    expect(groupNearDuplicates([], 0.5)).toEqual([]);
  });
});
