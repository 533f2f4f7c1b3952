/** @file Excerpts of passages for a query against a script, and what judges read of them. */
import { readFileSync } from 'node:fs';
import { bySpaces, createRandom, type Generator, gradedTexts, type Segmenter } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { partOf } from '../src/evaluator.js';
import { procedures } from '../src/procedures/registry.js';
import { findEvaluator } from '../src/registry.js';
import { scoreProcedure } from '../src/scoring/procedure.js';
import { type RerankerInput } from '../src/slots/reranker.js';
import { type Excerpt, type QuiteOptions, quiteExcerpts } from '../src/text/quite.js';

interface Case {
  name: string;
  query: string;
  texts: string[];
  options: QuiteOptions;
  excerpts: Excerpt[];
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/procedures/quite.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const letters: Segmenter = {
  name: 'letters',
  split: (text) => [...text],
  between: '',
  terms: (text) => [...text],
  sentenceEnd: /(?<=。)/,
};

describe('excerpts by QUITE', () => {
  it.for(cases)('picks as the script does: $name', ({ query, texts, options, excerpts }) => {
    expect(quiteExcerpts(query, texts, options)).toEqual(excerpts);
  });

  it('picks a sentence with a new word before one that repeats, as long as weights fade', () => {
    const texts = ['A whale and a ship. The ship saw the whale. A harpoon flew.', 'A mast.', 'The sea.'];
    const picked = (fade: number) =>
      quiteExcerpts('whale ship harpoon', texts, { words: 8, fade })[0]!.picks.map(({ sentence }) => sentence);
    expect(picked(0.25)).toEqual([0, 2]);
    expect(picked(1)).toEqual([0, 1]);
  });

  it('keeps the order of the text, and cuts what it picked last', () => {
    const text = 'The ship left at dawn. Nobody slept. The whale was white.';
    const [excerpt] = quiteExcerpts('a white whale', [text], { words: 6, fade: 0.5 });
    expect(excerpt).toEqual({
      text: 'The ship The whale was white.',
      picks: [
        { sentence: 2, words: 4 },
        { sentence: 0, words: 2 },
      ],
    });
  });

  it('weighs a word by how few of the texts have it', () => {
    const passage = 'The whale sank. The ship sank.';
    const first = (...others: string[]) =>
      quiteExcerpts('whale ship', [passage, ...others], { words: 3, fade: 0.5 })[0]!.text;
    expect(first('A whale.', 'Whales and a whale.')).toBe('The ship sank.');
    expect(first('A ship.', 'Ships and a ship.')).toBe('The whale sank.');
  });

  it('returns a text that has no more words as it is, and one of no words', () => {
    const texts = [' Two  spaces.\nA whale.', ''];
    expect(quiteExcerpts('whale', texts, { words: 4, fade: 0.5 }).map(({ text }) => text)).toEqual(texts);
  });

  it('takes words, terms and sentences from the segmenter of the data', async () => {
    const rows = ['天地玄黄。鯨在此。宇宙洪荒。', '日月。'].map((text, grade) => ({ text, grade }));
    const split = gradedTexts([{ query: '鯨', rows }], { encode: (text) => [text.length], sequenceLength: 8 });
    const given: (readonly string[])[] = [];
    await scoreProcedure({
      evaluator: findEvaluator('pointwise'),
      config: { judge: 'trained', excerpt: 'quite', words: 6 },
      data: { objective: 'ranking', segmenter: letters, train: split, validation: split, test: split },
      split: 'validation',
      seed: 0,
      scorer: async (_, read) => {
        given.push(read);
        return read.map(() => 0);
      },
    });
    expect(given).toEqual([['天地 鯨在此。', '日月。']]);
  });
});

const decisive = 'The answer is that a white whale swims at night.';
const opening = 'The book begins with a long sentence about a harbour where nothing happens.';
const query = 'when does the white whale swim';
/** The second passage answers the query, after what both begin with. */
const texts = [`${opening} A ship left.`, `${opening} ${decisive}`];

/** Says yes to what has the decisive sentence whole, and names the passage that has it. */
const seeing: Generator = {
  identity: () => ({ model: 'seeing', sha256: 'a'.repeat(64), reproducible: true }),
  async score(prompt, [first]) {
    const shown = [...prompt.matchAll(/^Passage(?: [AB])?: "(.*)"$/gm)].map(([, text]) => text!);
    const place = shown.findIndex((text) => text.includes(decisive));
    const isFirst = first === ' Yes' ? place >= 0 : place === 0;
    return { logProbabilities: isFirst ? [-1, -2] : [-2, -1], usage: { tokens: { read: 1, written: 0 }, seconds: 0 } };
  },
  async generate(prompt) {
    const shown = [...prompt.matchAll(/^\[(\d)\] "(.*)"$/gm)].find(([, , text]) => text!.includes(decisive));
    return {
      text: shown ? `[${shown[1]}]` : '',
      ended: 'stop',
      usage: { tokens: { read: 1, written: 1 }, seconds: 0 },
    };
  },
};

describe.each(procedures.filter(({ part }) => part.kind === 'reranker'))('$name, which reads excerpts', ({ name }) => {
  const order = async (config: object, more: Partial<RerankerInput<unknown>> = { generator: seeing }) => {
    const { config: schema } = findEvaluator(name);
    const reranker = partOf(findEvaluator(name), 'reranker');
    return reranker!.order({
      candidates: { query, texts, grades: [0, 1] },
      segmenter: bySpaces,
      config: schema.parse({ words: 10, ...config }),
      generator: undefined,
      random: createRandom(0),
      asked: { calls: 0, pairs: 0, agreeing: 0 },
      ...more,
    });
  };

  it('ranks a passage first whose decisive sentence comes late with quite, and cannot with its first words', async () => {
    expect(await order({ excerpt: 'quite' })).toEqual([1, 0]);
    expect(await order({ excerpt: 'first' })).toEqual([0, 1]);
    expect(await order({})).toEqual([0, 1]);
  });

  it('has a trained ranker score the same excerpts, and whole passages by default', async () => {
    const given: (readonly string[])[] = [];
    const scorer = async (_: string, read: readonly string[]) => {
      given.push(read);
      return read.map(() => 0);
    };
    await order({ judge: 'trained', excerpt: 'quite' }, { scorer });
    await order({ judge: 'trained' }, { scorer });
    const [first] = quiteExcerpts(query, texts, { words: 10, fade: 0.5 });
    expect(given).toEqual([[first!.text, decisive], texts]);
  });

  it('refuses a fade beyond 0 to 1, and an excerpt that is unknown', () => {
    const { config } = findEvaluator(name);
    for (const fade of [-0.1, 1.1])
      expect(config.safeParse({ excerpt: 'quite', fade }).error!.issues[0]!.path).toEqual(['fade']);
    expect(config.safeParse({ excerpt: 'last' }).error!.issues[0]!.path).toEqual(['excerpt']);
  });
});
