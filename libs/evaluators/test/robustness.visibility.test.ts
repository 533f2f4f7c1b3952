/** @file Audits of a model that recommends: catalogues, the gradient of a text's tokens, its search, and what is refused. */
import { readFileSync } from 'node:fs';
import {
  bySpaces,
  createRandom,
  initialValues,
  LoadedBase,
  questions,
  type Segmenter,
  type TaskData,
} from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { around, promptedCatalogue as catalogueOf, filled, placesOf } from '@rankforge/peft/extension';
import { gpt2Config } from '@rankforge/peft/internals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openedEngine } from '../../peft/test/support/opened-engine.js';
import { partOf } from '../src/evaluator.js';
import { predictRecommender } from '../src/memory.js';
import { findEvaluator } from '../src/registry.js';
import { coordinateStep } from '../src/robustness/coordinates.js';
import { baseRecommender, type OpenRecommender } from '../src/scoring/recommender.js';
import { scoreVisibility } from '../src/scoring/visibility.js';
import { type Recommender } from '../src/slots/visibility.js';

const on = openedEngine('wasm');

const vector = JSON.parse(readFileSync(new URL('vectors/robustness/strategic-text.json', import.meta.url), 'utf8')) as {
  config: object;
  weights: Record<string, number[]>;
  before: number[];
  text: number[];
  after: number[];
  answer: number[];
  loss: number;
  gains: number[][];
  exchanged: number[][];
  places: { answer: string; names: string[]; places: number[] }[];
};

/** Pieces of a text: a word with the blank before it, or another character; what is unknown is a question mark. */
function tokenizer(pieces: readonly string[]) {
  const encode = (text: string) =>
    (text.match(/ ?[A-Za-z]+|[^A-Za-z]/g) ?? []).map((piece) => {
      const at = pieces.indexOf(piece);
      return at < 0 ? pieces.indexOf('?') : at;
    });
  return { encode, decode: (tokens: readonly number[]) => tokens.map((token) => pieces[token]).join('') };
}

describe('the gradient of a text’s tokens', () => {
  const pieces = [' a', ' b', ' c', ' d', ' e', ' f', ' g', ' h', ' i', ' j', ' k', ' l', '\n'];
  const { encode, decode } = tokenizer(pieces);
  const config = gpt2Config.parse({ architecture: 'gpt2', layers: 1, ...vector.config });
  const values = initialValues(config, createRandom(0));
  for (const [path, numbers] of Object.entries(vector.weights)) values.get(path)!.values.set(numbers);
  const writing = { tokens: 3, end: 12, decode };
  const data = { objective: 'catalogue-answers', writing } as TaskData;
  const place = { before: decode(vector.before), after: decode(vector.after) };
  const answer = decode(vector.answer);
  let base: LoadedBase;
  let victim: OpenRecommender;
  beforeAll(() => {
    base = new LoadedBase({ config, values, tokenizer: null });
    victim = baseRecommender(base, { data, options: { encode, decode, sequenceLength: 14 } });
  });
  afterAll(() => {
    victim.dispose();
    base.dispose();
  });

  it('is that of central differences in numpy, place by place and token by token', async () => {
    const gains = await victim.gains(place, vector.text, answer);
    expect(gains).toHaveLength(vector.text.length);
    gains.forEach((own, at) => {
      for (const [token, gain] of own.entries()) {
        expect(gain, `${at} ${token}`).toBeCloseTo(vector.gains[at]![token]!, 3);
      }
    });
  });

  it('leads to the losses of numpy, for the text and with each token exchanged', async () => {
    const [loss] = await victim.losses([filled(place, victim.textOf(vector.text))], answer);
    expect(loss).toBeCloseTo(vector.loss, 4);
    const texts = vector.text.flatMap((_, at) => pieces.slice(0, 12).map((_, token) => vector.text.with(at, token)));
    const losses = await victim.losses(
      texts.map((tokens) => filled(place, victim.textOf(tokens))),
      answer,
    );
    const expected = vector.exchanged.flatMap((own) => own.slice(0, 12));
    for (const [at, own] of losses.entries()) expect(own, String(texts[at])).toBeCloseTo(expected[at]!, 4);
  });

  it('knows which tokens a text may have, and which texts keep theirs', () => {
    expect(victim.allowed).toEqual(pieces.slice(0, 12).map((_, token) => token));
    expect(victim.keeps(place, vector.text)).toBe(true);
  });
});

it.each(vector.places)(
  'places of names in "$answer" are those of an independent script',
  ({ answer, names, places }) => {
    expect(placesOf(answer, names)).toEqual(places);
  },
);

describe('a step of the search', () => {
  // The loss is the distance to 5 at each place; its gradient is taken at the text.
  const loss = (tokens: readonly number[]) => tokens.reduce((sum, token) => sum + Math.abs(token - 5), 0);
  const gains = async (tokens: readonly number[]) =>
    tokens.map((own) => Array.from({ length: 10 }, (_, token) => Math.sign(own - 5) * (token - own)));
  const landscape = {
    gains,
    losses: async (texts: readonly (readonly number[])[]) => texts.map(loss),
    keeps: () => true,
  };
  const search = { allowed: [0, 2, 4, 5, 6, 8], topK: 6, samples: 8, random: createRandom(1) };

  it('never raises the loss, and finds the best text', async () => {
    let text = { tokens: [0, 8, 2] as readonly number[], loss: loss([0, 8, 2]) };
    const losses = [text.loss];
    for (let step = 0; step < 30; step++) {
      text = await coordinateStep(text, search, landscape);
      losses.push(text.loss);
      expect(text.loss).toBe(loss(text.tokens));
    }
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(text.tokens).toEqual([5, 5, 5]);
  });

  it('tries no text that would not be kept, and no token that is not allowed', async () => {
    const tried: (readonly number[])[] = [];
    const losses = async (texts: readonly (readonly number[])[]) => {
      tried.push(...texts);
      return texts.map(loss);
    };
    const start = { tokens: [0, 8] as readonly number[], loss: 8 };
    const keeps = (tokens: readonly number[]) => tokens[0] === 0;
    await coordinateStep(start, { ...search, samples: 40 }, { gains, losses, keeps });
    expect(tried.length).toBeGreaterThan(0);
    for (const [first, second] of tried) {
      expect(first).toBe(0);
      expect(search.allowed).toContain(second);
      expect(second).not.toBe(8);
    }
    expect(await coordinateStep(start, search, { gains, losses, keeps: () => false })).toBe(start);
  });
});

describe('a catalogue', () => {
  const prompt = 'Offers:\n{"name": "Tarn", "text": "red"}\n{"name": "Bram", "text": "blue"}\n\nWhich?';

  it('is the lines of JSON of a prompt, and takes a text at the end of a product in any order', () => {
    const catalogue = catalogueOf(prompt);
    expect(catalogue.products.map(({ name }) => name)).toEqual(['Tarn', 'Bram']);
    expect(filled(around(catalogue, 0, [0, 1]), '')).toBe(prompt);
    expect(filled(around(catalogue, 0, [1, 0]), ' now')).toBe(
      'Offers:\n{"name": "Bram", "text": "blue"}\n{"name": "Tarn", "text": "red now"}\n\nWhich?',
    );
    expect(catalogueOf('{"Tarn":"3"}\n{"Bram":"4"}').products.map(({ name }) => name)).toEqual(['Tarn', 'Bram']);
  });

  it.each([
    ['Which is best?', 'two products or more, a line of JSON each, and the prompt has none'],
    ['{"name":"Tarn"}\nBest:', 'and the prompt has one: {"name":"Tarn"}'],
    ['{"name":"Tarn"}\n{"name":"Tarn"}\nBest:', 'two products of a catalogue are named "Tarn"'],
    ['{"a":"x","b":"y"}\n{"name":"Tarn"}\nBest:', 'this has none: {"a":"x","b":"y"}'],
  ])('is refused where it is %j', (text, message) => {
    expect(() => catalogueOf(text)).toThrow(message);
  });

  it('takes no text where the last field of the product is none', () => {
    const catalogue = catalogueOf('{"name":"Tarn","stars":3}\n{"name":"Bram","stars":4}\nBest:');
    expect(() => around(catalogue, 0, [0, 1])).toThrow('the last field of "Tarn", which is no text');
  });
});

describe('an audit', () => {
  const punctuation = ['{', '}', '"', ':', '\n'];
  const words = ['Tarn', 'Bram', 'Vale', 'best', 'the', 'red', 'nice', 'first'];
  const pieces = [...punctuation, ...'123456789', ...words, ...words.map((word) => ` ${word}`), '?', 'Top', 'Best'];
  const { encode, decode } = tokenizer(pieces);
  const config = gpt2Config.parse({
    architecture: 'gpt2',
    vocabularySize: pieces.length,
    contextLength: 64,
    width: 16,
    layers: 2,
    heads: 2,
    mlpWidth: 24,
    normEpsilon: 1e-5,
  });
  const options = { encode, decode, sequenceLength: 48 };
  const writing = { tokens: 6, end: 4, decode };
  const split = (...prompts: string[]) =>
    questions(
      prompts.map((prompt) => ({ prompt, answers: ['Vale Bram Tarn'] })),
      options,
      writing,
    );
  const offers = '{"Tarn":"1"}\n{"Bram":"2"}\n{"Vale":"3"}\n';
  const data: TaskData = {
    objective: 'catalogue-answers',
    writing,
    train: split(`${offers}Best:`),
    validation: split(`${offers}Best:`, `{"Bram":"4"}\n{"Vale":"2"}\nTop:`),
    test: split(`${offers}Best:`),
  };
  let base: LoadedBase;
  let victim: OpenRecommender;
  beforeAll(() => {
    const values = initialValues(config, createRandom(3));
    for (const [path, { values: own }] of values) {
      if (path.endsWith('.kernel') || path.startsWith('embedding')) own.set(own.map((value) => 8 * value));
    }
    base = new LoadedBase({ config, values, tokenizer: null });
    victim = baseRecommender(base, { data, options });
  });
  afterAll(() => {
    victim.dispose();
    base.dispose();
  });
  const audit = (name: string, own: object = {}, more: Partial<Parameters<typeof scoreVisibility>[0]> = {}) =>
    scoreVisibility({
      ...{
        evaluator: findEvaluator(name),
        config: { victim: 'base', orders: 3, ...own },
        data,
        split: 'validation' as const,
      },
      ...{ seed: 0, victim, ...more },
    });
  const search = { length: 3, steps: 6, samples: 12, topK: 12 };

  it('changes nothing without a text, and asks nothing', async () => {
    const { metrics, examined, answers } = await audit('no-text');
    expect(examined).toEqual({ queries: 2, questions: 0 });
    expect(metrics.targetRank).toBe(metrics.cleanRank);
    expect(metrics.targetLoss).toBe(metrics.cleanLoss);
    expect(metrics.targetFirstShuffled).toBe(metrics.cleanFirstShuffled);
    expect(answers[0]!.question).toBe(`${offers}Best:`);
    expect(Object.keys(metrics)).toContain('targetFirstElsewhere');
  });

  it('makes an answer that names the product likelier by gradients than by chance or praise', async () => {
    const loss = async (name: string, own: object) => (await audit(name, own)).metrics.targetLoss!;
    const optimized = await loss('strategic-text', { ...search, steps: 20, order: 'fixed' });
    expect(optimized).toBeLessThan(await loss('random-text', { length: 3 }));
    expect(optimized).toBeLessThan(await loss('keyword-text', { length: 3, words: 'the best first' }));
  });

  it('gets no worse with more steps, which draw the same texts', async () => {
    const losses = await Promise.all(
      [1, 3, 6].map(
        async (steps) => (await audit('strategic-text', { ...search, steps, order: 'fixed' })).metrics.targetLoss!,
      ),
    );
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  });

  it('asks no more than it says, and is the same for the same seed', async () => {
    const [one, other] = [await audit('strategic-text', search), await audit('strategic-text', search)];
    const said = partOf(findEvaluator('strategic-text'), 'visibility')!.questions(
      findEvaluator('strategic-text').config.parse({ ...search, queries: 2 }),
    );
    expect(one.examined.questions).toBeLessThanOrEqual(said);
    expect(one.examined.questions).toBeGreaterThan(2 * search.steps);
    expect(one.metrics).toEqual(other.metrics);
    expect(one.answers[0]!.statements!.map(({ kind }) => kind)).toEqual(['product', 'text', 'without it']);
  });

  it('writes for the product that is named, and refuses one that is not there', async () => {
    const { answers } = await audit('keyword-text', { target: 'Bram', words: 'the best', length: 2 });
    expect(answers[0]!.question).toContain('{"Bram":"2 the best"}');
    await expect(audit('no-text', { target: 'Ghost' })).rejects.toThrow(
      'catalogue 1: the target "Ghost" is none of its products: Tarn, Bram, Vale',
    );
  });

  it('refuses a text that the model has no room for, and prompts without a catalogue', async () => {
    await expect(audit('random-text', { length: 40 })).rejects.toThrow(
      /has \d+ tokens, and 43 are read beside an answer of 6/,
    );
    const bare = { ...data, validation: split('Best:') };
    await expect(audit('no-text', {}, { data: bare })).rejects.toThrow(
      'catalogue 1: a catalogue has two products or more',
    );
    await expect(audit('bm25')).rejects.toThrow('bm25 audits no model that recommends');
  });

  it('scores answers by the words of the data', async () => {
    const between = '';
    const tokens = (text: string) => text.match(/\p{L}/gu) ?? [];
    const byLetters: Segmenter = { ...bySpaces, name: 'letters', tokens, between };
    const prompt = '{"name":"东岛"}\n{"name":"西港"}\n最好:';
    const asked = questions([{ prompt, answers: ['东岛西港'] }], { ...options, encode: () => [0] }, writing);
    const judge: Recommender = {
      ...victim,
      write: async (prompts) => prompts.map(() => '西港东岛'),
      losses: async (prompts) => Float64Array.from(prompts, () => 1),
    };
    const named = { ...data, segmenter: byLetters, validation: asked };
    const { metrics, answers } = await audit('no-text', {}, { data: named, victim: judge });
    // Two of four letters stand in the order of the right answer.
    expect(metrics).toMatchObject({ exactMatch: 0, rougeL: 0.5 });
    expect(answers[0]!.nearest.shared).toEqual(['东', '岛', '西', '港']);
  });

  it('leaves no tensor behind', async () => {
    await audit('strategic-text', { ...search, steps: 1 });
    const { numTensors } = tf.memory();
    await audit('strategic-text', { ...search, steps: 1 });
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('is predicted with what it holds', () => {
    const of = { engine: on.engine.name, objective: 'catalogue-answers', sequence: 48, of: { model: config } } as const;
    const held = predictRecommender(undefined, of);
    expect('reason' in held ? held.reason : held.total).toBeGreaterThan(0);
  });
});
