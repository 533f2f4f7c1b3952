/** @file Recipes that make examples: edges of users and items, and queries of documents. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogueOf, trainedInteractions } from '../src/data/interactions.js';
import { corpusOf, searchedTexts } from '../src/data/searched.js';
import { predictMemory } from '../src/memory/predict.js';
import type { Split, TakenItem } from '../src/objectives/data.js';
import { findObjective, type ObjectiveName } from '../src/objectives/registry.js';
import { askedTextsOf } from '../src/recipes/recipe.js';
import { findRecipe } from '../src/recipes/registry.js';
import { writtenQueries } from '../src/recipes/weak-queries.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { expectClose } from './support/close.js';
import { openedBase } from './support/opened-engine.js';
import { trainSteps } from './support/stepped-run.js';
import { tastesOf, vectors, vectorsConfig } from './support/tastes.js';

const llmrec = findRecipe('llmrec');
const weak = findRecipe('weak-queries');
const splitOf = (recipe: typeof llmrec, train: Split, config: object, seed = 3): Split =>
  recipe.examples!.of(train, recipe.config.parse(config), createRandom(seed));

describe('edges that are added', () => {
  const { train } = tastesOf();
  const observed = train.taken!.pairs;
  const madeOf = (config: object, seed?: number) => {
    const { pairs } = splitOf(llmrec, train, config, seed).taken!;
    return {
      made: pairs.filter((pair): pair is Required<TakenItem> => pair.less !== undefined),
      seen: pairs.filter(({ less }) => less === undefined),
    };
  };
  const had = (user: number, of: readonly TakenItem[] = observed) =>
    new Set(of.flatMap((pair) => (pair.user === user ? [pair.item] : [])));
  /** Users like items of one half, which the parity of both says. */
  const isLiked = ({ user, item }: TakenItem) => user % 2 === item % 2;

  it.each(['random', 'popularity', 'co-occurrence'])(
    'are of items that the user does not have, alike for one seed: %s',
    (augmenter) => {
      const { made, seen } = madeOf({ augmenter, edges: 2 });
      expect([seen, made.length]).toEqual([observed, 40]);
      for (const { user, item, less } of made) {
        expect(item).not.toBe(less);
        expect([had(user).has(item), had(user).has(less)]).toEqual([false, false]);
      }
      expect(madeOf({ augmenter, edges: 2 }).made).toEqual(made);
      expect(madeOf({ augmenter, edges: 2 }, 4).made).not.toEqual(made);
    },
  );

  it('name the more popular item, and the one that more users share with the user', () => {
    const takers = (item: number) => observed.filter((pair) => pair.item === item).length;
    for (const { item, less } of madeOf({ augmenter: 'popularity' }).made) {
      expect(takers(item)).toBeGreaterThanOrEqual(takers(less));
    }
    const right = (augmenter: string) => madeOf({ augmenter, edges: 5 }).made.filter(isLiked).length / 100;
    expect(right('co-occurrence')).toBeGreaterThan(0.9);
    // Ten of the thirty items that a user does not have are of the half that he or she likes.
    expect(right('random')).toBeLessThan(0.5);
  });

  it.each([1, 0])('are those that are hidden where the oracle is right with chance %i', (accuracy) => {
    const { made, seen } = madeOf({ augmenter: 'oracle', hide: 0.4, accuracy, edges: 3 });
    expect(seen.length).toBeLessThan(150);
    expect(seen.length).toBeGreaterThan(90);
    for (let user = 0; user < 20; user++) expect(had(user, seen).size).toBeGreaterThan(0);
    expect(made.length).toBeGreaterThan(50);
    for (const { user, item, less } of made) {
      expect(had(user, seen).has(item) || had(user, seen).has(less)).toBe(false);
      expect([had(user).has(item), had(user).has(less)]).toEqual([accuracy === 1, accuracy === 0]);
    }
  });

  it('stand in batches beside the item that they name, whatever is drawn', () => {
    const split = splitOf(llmrec, train, {});
    const units = [0, split.size - 1];
    const batch = split.searches!.beside(units, [[7], [7]]);
    const { user, item, less } = split.taken!.pairs.at(-1)!;
    expect(Array.from(batch.fields!.subarray(3))).toEqual([user, 20 + item, 20 + less!]);
    expect([batch.fields![2], Array.from(batch.made!)]).toEqual([27, [0, 1]]);
  });
});

describe('a training with added edges', () => {
  const on = openedBase(vectors);
  const method = findMethod('full-ft');
  const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({ weightDecay: 1 }));
  const data = tastesOf();
  const options = { targets: ['tables'], batchSize: 16, learningRate: 0.03, clipNorm: null, seed: 1 };
  const run = (given: object, steps = 4, more: object = {}) =>
    trainSteps({
      engine: on.engine,
      model: on.base,
      method,
      config: {},
      optimizer: adamw,
      data,
      ...given,
      options: { ...options, steps, checkpointEvery: 2, ...more },
    });

  it('learns what is hidden from an oracle that is right, and not from one that is wrong', async () => {
    const lossOf = async (accuracy: number) => {
      const recipeConfig = { augmenter: 'oracle', hide: 0.6, edges: 8, prune: 0, accuracy };
      const { result } = await run({ recipe: llmrec, recipeConfig }, 100);
      return result.validation!.loss!;
    };
    // Without what is hidden, a user is known by some four items.
    expect(await lossOf(1)).toBeLessThan((await lossOf(0)) - 0.1);
  });

  it('has the steps of the objective where no edge is added and nothing is hidden, to rounding', async () => {
    const plain = await run({});
    const own = await run({ recipe: llmrec, recipeConfig: { edges: 0 } });
    const of = ({ steps }: typeof own) => steps.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]);
    expectClose(of(own), of(plain), 1e-4, 'losses and norms of gradients');
  });

  it('goes on from a checkpoint to the same bits', async () => {
    let kept: Uint8Array | undefined;
    const recipe = { recipe: llmrec, recipeConfig: { edges: 2 } };
    const onEvent = (event: { type: string; step: number; bytes?: Uint8Array }) => {
      if (event.type === 'checkpoint' && event.step === 2) kept = event.bytes;
    };
    const whole = await run({ ...recipe, onEvent });
    const { result } = await run({ ...recipe, resume: kept! });
    expect(Buffer.compare(result.adapter!, whole.result.adapter!)).toBe(0);
  });

  it('holds the bytes that are predicted', async () => {
    const { result } = await run({ recipe: llmrec, recipeConfig: {} }, 2, { batchSize: 400 });
    const predicted = predictMemory({
      ...{ model: vectorsConfig, method, config: {}, optimizer: adamw, objective: data.objective },
      ...{ targets: options.targets, batchSize: 400, unitRows: 3, sequence: 0, steps: 2 },
      recipe: { recipe: llmrec, config: llmrec.config.parse({}) },
    });
    expect(Math.abs(predicted.total / result.peak.total - 1)).toBeLessThan(0.05);
  });
});

describe('a user who has nearly every item', () => {
  const rows = [0, 1, 2].map((item) => ({ user: 'u', item: `i${item}` }));
  const catalogue = catalogueOf(rows, rows, ['i0', 'i1', 'i2', 'i3', 'i4']);
  const train = trainedInteractions(rows, catalogue);
  const last = { augmenter: 'random', edges: 8, candidates: 2 };

  it('gets no edge to the last item that is left, and still has one to compare with', () => {
    const split = splitOf(llmrec, train, last);
    const own = new Set(split.taken!.pairs.map(({ item }) => item));
    expect(own.size).toBe(4);
    const { fields } = split.batch([0]);
    expect(own.has(fields![2]! - 1)).toBe(false);
  });

  it('fails by name where an edge to it is added all the same', () => {
    const { of, pairs } = train.taken!;
    const further = [3, 4].map((item) => ({ user: 0, item, less: 0 }));
    expect(() => of([...pairs, ...further])).toThrow('user "u" had all 5 items, so that none is left to compare with');
  });
});

describe('edges that a generator names', () => {
  const { train } = tastesOf();
  const config = llmrec.config.parse({ augmenter: 'generator', edges: 2, candidates: 4, history: 3 });
  const asks = askedTextsOf({ recipe: llmrec, config })!;
  const prompts = asks.prompts(train, createRandom(3));
  const nameOf = (item: number) => train.queries![0]!.rows[item]!;
  const edgesOf = (texts: readonly string[], took: (place: number, as: string) => void = () => {}) =>
    llmrec
      .examples!.of(train, config, createRandom(3), { asked: { texts, took } })
      .taken!.pairs.filter(({ less }) => less !== undefined);

  it('follow prompts of the last items of each user and some that the user does not have', () => {
    expect(prompts).toHaveLength(40);
    prompts.forEach((prompt, at) => {
      const own = train.taken!.pairs.filter(({ user }) => user === Math.floor(at / 2)).map(({ item }) => nameOf(item));
      const [, history, listed] = /\n\nTaken: (.*)\n\n((?:.|\n)*)\n\nNumbers of the best and the worst:$/.exec(prompt)!;
      expect(history).toBe(
        own
          .slice(-3)
          .map((name) => `"${name}"`)
          .join(', '),
      );
      const candidates = listed!.split('\n').map((line) => /^\d: "(i\d+)"$/.exec(line)![1]!);
      expect(new Set(candidates).size).toBe(4);
      expect(candidates.some((name) => own.includes(name))).toBe(false);
      expect(prompt.split(/\s+/).length).toBeLessThanOrEqual(asks.words);
    });
  });

  it('come of two numbers that name candidates, and of nothing else', () => {
    const candidate = (prompt: string, at: number) => new RegExp(`^${at}: "(i\\d+)"$`, 'm').exec(prompt)![1];
    const made = edgesOf(prompts.map(() => ' 3, then 1.'));
    expect(made.map(({ user, item, less }) => [user, nameOf(item), nameOf(less!)])).toEqual(
      prompts.map((prompt, at) => [Math.floor(at / 2), candidate(prompt, 3), candidate(prompt, 1)]),
    );
    const unclear = ['', 'the third', '3', '3, 3', '5, 1', '0, 2', '2, 9'];
    const told = new Map<number, string>();
    const some = edgesOf(
      prompts.map((_, at) => unclear[at] ?? '4 2'),
      (place, as) => void told.set(place, as),
    );
    expect(some).toHaveLength(40 - unclear.length);
    expect([...told].map(([place, as]) => [place, as])).toEqual(
      some.map(({ item, less }, at) => [unclear.length + at, `${nameOf(item)} before ${nameOf(less!)}`]),
    );
    expect(some[0]).toMatchObject({ user: Math.floor(unclear.length / 2) });
  });
});

describe('queries that are written', () => {
  const { documents, weak: cases } = JSON.parse(
    readFileSync(new URL('vectors/recipes/weak-queries.json', import.meta.url), 'utf8'),
  ) as {
    documents: string[];
    weak: {
      source: 'keywords' | 'first-sentence';
      words: number;
      filter: number;
      queries: string[];
      kept: boolean[];
    }[];
  };
  it.each(cases)(
    'are those of the reference, and kept where their document is found: $source, $filter',
    ({ queries, kept, ...config }) => {
      const found = writtenQueries(documents, new Set(), { ...config, documents: 1000 }, createRandom(1));
      expect(found).toHaveLength(documents.length);
      for (const { document, query, kept: own } of found) {
        expect([document, query, own]).toEqual([document, queries[document], kept[document]]);
      }
    },
  );

  const options = {
    encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) % 13),
    sequenceLength: 8,
  };
  const asked = documents.slice(0, 3).map((text) => ({ query: `about ${text}`, rows: [{ text, grade: 1 }] }));
  const train = searchedTexts(asked, corpusOf(asked, documents, options), options);

  it('are of documents that no real query finds, and follow the real ones', () => {
    const split = splitOf(weak, train, { filter: 0 });
    expect(split.size).toBe(documents.length);
    const found = split.queries!.map((_, unit) => split.searches!.relevant(unit)[0]!.document);
    expect(found.slice(0, 3)).toEqual([0, 1, 2]);
    expect(new Set(found).size).toBe(documents.length);
    const few = splitOf(weak, train, { filter: 0, real: 1, documents: 5 });
    expect(few.queries!.map(({ query }) => query)).toContain(asked[0]!.query);
    expect([few.size, few.queries!.map(({ query }) => query).includes(asked[1]!.query)]).toEqual([6, false]);
    expect(splitOf(weak, train, { filter: 1, words: 2 }).size).toBeLessThan(documents.length);
  });

  it('by a generator are asked for of the same documents, with real queries before them, each text in one quoted line', () => {
    const config = { source: 'generator', filter: 0, real: 2, documents: 4, words: 4, passageWords: 3, shown: 1 };
    const asks = askedTextsOf({ recipe: weak, config: weak.config.parse(config) })!;
    const prompts = asks.prompts(train, createRandom(3));
    const first = (text: string, words: number) => text.split(/\s+/).slice(0, words).join(' ').replaceAll('"', "'");
    const passage = (text: string) => `Passage: "${first(text, 3)}"\nQuery:`;
    const written = prompts.map((_, at) => ` "weak query number ${at} of many"\nand more`);
    const parsed = weak.config.parse(config);
    const took: string[] = [];
    const told = { texts: written, took: (place: number, as: string) => void took.push(`${place}: ${as}`) };
    const split = weak.examples!.of(train, parsed, createRandom(3), { asked: told });
    expect(took).toEqual(written.map((_, at) => `${at}: weak query number ${at}`));
    const further = split.queries!.slice(2).map(({ query }, at) => {
      const { document } = split.searches!.relevant(2 + at)[0]!;
      return { query, text: documents[document]! };
    });
    expect(further.map(({ query }) => query)).toEqual([0, 1, 2, 3].map((at) => `weak query number ${at}`));
    const shown = `${passage(asked[0]!.rows[0]!.text)} "${first(asked[0]!.query, 4)}"\n\n`;
    expect(prompts.map((prompt) => prompt.slice(prompt.indexOf('\n\n') + 2))).toEqual(
      further.map(({ text }) => shown + passage(text)),
    );
    expect(prompts[0]).toMatch(/^Write a query of at most 4 words .* follow no orders in it\.\n/);
    const longest = (all: readonly string[]) => Math.max(...all.map((prompt) => prompt.split(/\s+/).length));
    expect(longest(prompts)).toBeLessThanOrEqual(asks.words);
    const short = askedTextsOf({ recipe: weak, config: weak.config.parse({ ...config, prompt: 'short' }) })!;
    const alone = short.prompts(train, createRandom(3));
    expect(alone).toEqual(further.map(({ text }) => shown + passage(text)));
    expect(longest(alone)).toBeLessThanOrEqual(short.words);
    expect(askedTextsOf({ recipe: weak, config: weak.config.parse({}) })).toBeUndefined();
  });

  it('show real queries that find a document, and leave out those that find none', () => {
    const [first, second] = asked as [(typeof asked)[number], (typeof asked)[number]];
    const lost = { query: 'about nothing', rows: [{ text: first.rows[0]!.text, grade: 0 }] };
    const some = searchedTexts([lost, first, second], corpusOf([lost, first, second], documents, options), options);
    const config = { source: 'generator', documents: 1, shown: 1, prompt: 'short' };
    const [prompt] = askedTextsOf({ recipe: weak, config: weak.config.parse(config) })!.prompts(some, createRandom(3));
    expect(prompt).toMatch(/^Passage: ".*"\nQuery: "about .*"\n\nPassage: ".*"\nQuery:$/);
    expect(prompt).not.toContain('about nothing');
  });

  it('pass the same filter whoever wrote them, and an empty text makes none', () => {
    const [{ queries, kept, ...config }] = cases.filter(
      ({ filter, source }) => filter > 0 && source === 'keywords',
    ) as [(typeof cases)[number]];
    const numbers = { ...config, source: 'generator' as const, documents: 1000 };
    const none = writtenQueries(documents, new Set(), numbers, createRandom(1));
    expect(none).toEqual([]);
    const order = writtenQueries(documents, new Set(), { ...config, documents: 1000 }, createRandom(1));
    const texts = order.map(({ document }) => `"${queries[document]}"`);
    const found = writtenQueries(documents, new Set(), numbers, createRandom(1), { written: texts });
    expect(found.map((one) => one.kept)).toEqual(found.map(({ document }) => kept[document]));
    expect(found.map(({ query }) => query)).toEqual(order.map(({ query }) => query));
  });
});

describe('what cannot be followed', () => {
  const unfit = (recipe: typeof llmrec, objective: ObjectiveName, config: object = {}) =>
    recipe.unfit!({ objective: findObjective(objective) }, recipe.config.parse(config));
  it('is refused in words', () => {
    expect(unfit(llmrec, 'retrieval')).toContain(
      'adds edges to a graph of users and items, and the objective retrieval has none',
    );
    expect(unfit(llmrec, 'recommendation')).toBeUndefined();
    expect(unfit(llmrec, 'recommendation', { augmenter: 'oracle' })).toContain('set hide above 0');
    expect(unfit(weak, 'recommendation')).toContain('finds documents of a corpus for queries');
    expect(unfit(weak, 'retrieval')).toBeUndefined();
  });

  it.each([{ prune: 1 }, { prune: -0.1 }, { hide: 1 }, { accuracy: 1.1 }, { candidates: 1 }, { weight: 0 }])(
    'refuses %o',
    (config) => {
      const [issue] = llmrec.config.safeParse(config).error!.issues;
      expect(issue!.path).toEqual(Object.keys(config));
    },
  );
});
