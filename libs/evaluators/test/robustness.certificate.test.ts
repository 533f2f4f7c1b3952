/** @file A certificate where all texts and all attacks can be counted, against a script of the paper; and sets of synonyms. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderOf } from '../src/robustness/ranks.js';
import { errorOf, keptShare, marginAt, overlapOf, riseBound, SmoothedText } from '../src/robustness/smoothing.js';
import { ListedSynonyms, readSynonymSets } from '../src/robustness/synonyms.js';
import { drawnStream } from './support/drawn.js';

interface Certified {
  margin: number;
  certified: boolean;
  certifiedByPaper: boolean;
  broken: boolean;
  reached: number;
  slack: number;
}
const certdr = JSON.parse(readFileSync(new URL('vectors/robustness/certdr.json', import.meta.url), 'utf8')) as {
  instances: { seed: number; scores: number[]; byEdits: Certified[] }[];
  hoeffding: { samples: number; error: number }[];
};

/** Three rings of twelve words, each a synonym of its two neighbours. */
const [RING, SET, DOCUMENTS, K] = [12, 9, 8, 2];
const nameOf = (word: number) => `word${String(word).padStart(2, '0')}`;
const idOf = (name: string) => Number(name.slice(4));
const rings = new ListedSynonyms(
  Array.from({ length: 3 * RING }, (_, word) => {
    const next = Math.floor(word / RING) * RING + ((word + 1) % RING);
    return [nameOf(word), nameOf(next)];
  }),
);

function ringsInstance(seed: number) {
  const draw = drawnStream(seed);
  const embedding = Float64Array.from({ length: 3 * RING }, () => draw.normal()).map(
    (value, word) => 4 * (0.35 * value + 0.5 * [2, 0, -2][Math.floor(word / RING)]!),
  );
  const pair = Float64Array.from({ length: 3 * RING }, () => draw.normal()).map((value) => 0.3 * value);
  const texts = Array.from({ length: DOCUMENTS }, (_, at) => {
    const ring = at < K ? 0 : draw.uniform() < 0.7 ? 2 : 1;
    return Array.from({ length: 3 }, () => nameOf(ring * RING + draw.integer(RING)));
  });
  const score = (words: readonly string[]) => {
    const [a, b, c] = words.map(idOf) as [number, number, number];
    const own = ((embedding[a]! + embedding[b]! + embedding[c]!) / 3) * 1.5;
    return 1 / (1 + Math.exp(-(own + (embedding[a]! * pair[b]! + embedding[b]! * pair[c]!) / 3)));
  };
  const smoothed = (words: readonly string[], size = SET) => {
    let sum = 0;
    const sets = words.map((word) => rings.around(word, size));
    for (const a of sets[0]!) for (const b of sets[1]!) for (const c of sets[2]!) sum += score([a, b, c]);
    return sum / size ** 3;
  };
  return { texts, smoothed };
}

/** Every text that differs in so many words, each replaced by a synonym. */
function attacksOn(words: readonly string[], edits: number): string[][] {
  const places = [0, 1, 2].flatMap((a) => (edits === 1 ? [[a]] : [0, 1, 2].filter((b) => b > a).map((b) => [a, b])));
  return (edits === 3 ? [[0, 1, 2]] : places).flatMap((chosen) =>
    chosen.reduce<string[][]>(
      (texts, place) => texts.flatMap((text) => rings.of(words[place]!).map((other) => text.with(place, other))),
      [[...words]],
    ),
  );
}

describe('a certificate where all can be counted', () => {
  it.for(certdr.instances.map((instance) => [instance.seed, instance] as const))(
    'holds against every attack, and equals the script, in instance %i',
    ([seed, expected]) => {
      const { texts, smoothed } = ringsInstance(seed);
      const scores = texts.map((words) => smoothed(words));
      for (const [at, score] of scores.entries()) expect(score).toBeCloseTo(expected.scores[at]!, 10);
      const order = orderOf(scores);
      const sorted = order.map((at) => scores[at]!);
      let margin = sorted[K - 1]! - sorted[K]!;
      const none = { scores: sorted, bounds: order.map(() => riseBound([0.5], 0)), error: 0 };
      expect(marginAt(K, none), 'no edit leaves the plain distance').toBeCloseTo(margin, 12);
      for (const [index, counted] of expected.byEdits.entries()) {
        const edits = index + 1;
        const bounds = order.map((at) => riseBound(new SmoothedText(texts[at]!.join(' '), rings, SET).kept(), edits));
        const own = marginAt(K, { scores: sorted, bounds, error: 0 });
        expect(own).toBeCloseTo(counted.margin, 10);
        expect(own > 0).toBe(counted.certified);
        expect(own, 'more edits leave less').toBeLessThanOrEqual(margin);
        margin = own;
        let [reached, slack] = [-1, Number.POSITIVE_INFINITY];
        order.slice(K).forEach((at, behind) => {
          for (const changed of attacksOn(texts[at]!, edits)) {
            const value = smoothed(changed);
            reached = Math.max(reached, value);
            slack = Math.min(slack, bounds[K + behind]! - (value - scores[at]!));
          }
        });
        expect(slack, 'a bound that an attack exceeds').toBeGreaterThanOrEqual(0);
        expect([reached, slack]).toEqual([expect.closeTo(counted.reached, 10), expect.closeTo(counted.slack, 10)]);
        const broken = reached >= sorted[K - 1]!;
        expect(broken).toBe(counted.broken);
        expect(own > 0 && broken, 'certified and broken').toBe(false);
        // The paper's own form certifies nothing more.
        if (counted.certifiedByPaper) expect(own).toBeGreaterThan(0);
      }
    },
  );

  it('cannot be moved where each word is drawn from all of its synonyms', () => {
    const { texts, smoothed } = ringsInstance(3);
    expect(riseBound(new SmoothedText(texts[0]!.join(' '), rings, RING).kept(), 3)).toBe(0);
    const before = smoothed(texts[0]!, RING);
    for (const changed of attacksOn(texts[0]!, 3)) expect(smoothed(changed, RING)).toBeCloseTo(before, 12);
  });

  it('takes the share of the larger set, where that of the own set is no bound', () => {
    const [own, other] = [['a'], ['a', 'b', 'c']];
    const score: Record<string, number> = { a: 0.1, b: 0.9, c: 0.9 };
    const mean = (set: string[]) => set.reduce((sum, word) => sum + score[word]!, 0) / set.length;
    expect(overlapOf(own, other)).toBeCloseTo(1 / 3, 12);
    expect(mean(other) - mean(own)).toBeGreaterThan(0.5);
    expect(mean(other) - mean(own)).toBeLessThanOrEqual(riseBound([keptShare(own, [other])], 1));
  });

  it('widens scores of drawn texts as Hoeffding says', () => {
    for (const { samples, error } of certdr.hoeffding) expect(errorOf(samples, 1, 0.95)).toBeCloseTo(error, 12);
    expect(errorOf(1000, 20, 0.95)).toBeGreaterThan(errorOf(1000, 2, 0.95));
  });

  it('says nothing where no document stands behind the first places', () => {
    expect(marginAt(2, { scores: [1, 0], bounds: [0, 0], error: 0 })).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('sets of synonyms', () => {
  it('are read a line each, and find the nearest words first', () => {
    const sets = readSynonymSets('# of the sea\nship, boat vessel\n\nVessel jar\n');
    expect(sets.of('boat')).toEqual(['ship', 'vessel']);
    expect(sets.around('boat', 3)).toEqual(['boat', 'ship', 'vessel']);
    expect(sets.around('boat', 9)).toEqual(['boat', 'ship', 'vessel', 'jar']);
    expect(sets.of('whale')).toEqual([]);
  });

  it.for<[text: string, message: string]>([
    ['', 'the synonym sets are empty: expected sets of two words or more'],
    ['# nothing\n', 'the synonym sets are empty'],
    [
      'big large\nship ship\n',
      'line 2 of the synonym sets holds no set: expected two different words or more, got "ship ship"',
    ],
    ...['x-ray', "don't", 'I', 'd\u0301'].map((word): [string, string] => [
      `big large\nscan ${word}\n`,
      `line 2 of the synonym sets: "${word}" is not one word: expected two letters, digits or underscores or more, and nothing between; leave it out`,
    ]),
  ])('are refused where they are "%s"', ([text, message]) => {
    expect(() => readSynonymSets(text)).toThrow(message);
  });
});
