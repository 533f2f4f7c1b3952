import { describe, expect, it } from 'vitest';
import { type Splits, splitByContent } from '../src/text/split.js';

const words =
  'the sea ship whale captain harpoon mast deck storm island boat oar line rope sail wind night watch'.split(' ');

/** Passages of 40 words from a fixed congruential sequence; no two are alike. */
function passages(count: number): string[] {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return words[state % words.length]!;
  };
  return Array.from({ length: count }, () => Array.from({ length: 40 }, next).join(' '));
}

const fractions = { validation: 0.1, test: 0.1 };
const identity = (text: string) => text;

function placeOf(splits: Splits<string>): Map<string, string> {
  return new Map(Object.entries(splits).flatMap(([name, items]) => items.map((item: string) => [item, name] as const)));
}

describe('splitByContent', () => {
  it('keeps a planted near-duplicate with its original, whichever split that is', () => {
    const originals = passages(400);
    const planted = originals.map((text) => `${text.replace(/ (\w+) (\w+)$/, ' $1 Pequod')}!`);
    const places = placeOf(splitByContent([...originals, ...planted], identity, fractions));
    const split = originals.map((text) => places.get(text));
    expect(planted.map((text) => places.get(text))).toEqual(split);
    expect(new Set(split)).toEqual(new Set(['train', 'validation', 'test']));
  });

  it('does not depend on the order of the items', () => {
    const items = passages(200);
    const forward = placeOf(splitByContent(items, identity, fractions));
    const backward = placeOf(splitByContent([...items].reverse(), identity, fractions));
    for (const item of items) expect(backward.get(item)).toBe(forward.get(item));
  });

  it('gives each split about its share, also when the groups are large', () => {
    const originals = passages(2000);
    const single = splitByContent(originals, identity, fractions);
    // Binomial(2000, 0.1): mean 200, standard deviation 13.4; four deviations.
    expect(Math.abs(single.test.length - 200)).toBeLessThan(54);
    expect(Math.abs(single.validation.length - 200)).toBeLessThan(54);
    const tripled = originals.flatMap((text) => [text, `${text} aye`, `${text} aye aye`]);
    const grouped = splitByContent(tripled, identity, fractions);
    // Groups of three: mean 600, standard deviation 3 × 13.4.
    expect(Math.abs(grouped.test.length - 600)).toBeLessThan(162);
    expect(Math.abs(grouped.validation.length - 600)).toBeLessThan(162);
  });

  it('loses and repeats nothing', () => {
    const items = passages(300);
    const { train, validation, test } = splitByContent(items, identity, fractions);
    expect([...train, ...validation, ...test].sort()).toEqual([...items].sort());
  });
});
