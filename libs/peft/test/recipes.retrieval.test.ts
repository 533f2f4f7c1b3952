/** @file Trainings of retrieval that follow a recipe: which negatives they see, what stays fixed, what they hold, and what goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusOf, searchedTexts } from '../src/data/searched.js';
import { exportAdapter } from '../src/export/write.js';
import { predictMemory } from '../src/memory/predict.js';
import { predictProducts } from '../src/memory/step-products.js';
import type { LoadedBase } from '../src/models/base.js';
import { findRecipe, recipes } from '../src/recipes/registry.js';
import { findMethod } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate, restore } from '../src/training/evaluate.js';
import { objectiveOf } from '../src/training/loss.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { encodersOf } from '../src/training/search.js';
import { expectClose } from './support/close.js';
import { adamw, config, data, method, objective, runOn, sequence, texts } from './support/letters.js';
import { openedEngine } from './support/opened-engine.js';
import { batchesOn } from './support/step-batches.js';
import { targets, tinyBase, tinyConfig } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

const ours = recipes.filter(({ negatives, fixed }) => negatives ?? fixed);
const searchedTextsOf = data.corpus!.size + data.train.size;
const run = (name: string | undefined, given: Parameters<typeof runOn>[2] = {}) =>
  runOn({ engine: on.engine, base }, name, given);

it('takes five recipes of retrieval, and refuses each on a task without a corpus', () => {
  expect(ours.map(({ name }) => name)).toEqual(['random-negatives', 'static-hard', 'star', 'adore', 'lol']);
  for (const recipe of ours) {
    const asked = { model: tinyConfig, method, config, targets, objective: 'ranking' as const, classes: 1 };
    expect(refusal({ ...asked, recipe: { recipe, config: recipe.config.parse({}) } })).toEqual({
      field: 'recipe',
      reason: `${recipe.name} finds documents of a corpus for queries, and the objective ranking has none: leave the recipe out, or choose a task that searches one`,
    });
  }
});

describe.each(ours.map(({ name }) => name))('%s', (name) => {
  const recipe = findRecipe(name);

  it('holds the bytes that are predicted, and goes on from a checkpoint to the same bits', async () => {
    let kept: Uint8Array | undefined;
    const options = { steps: 4, checkpointEvery: 2 };
    const whole = await run(name, {
      options,
      onEvent: (event) => {
        if (event.type === 'checkpoint' && event.step === 2) kept = event.bytes;
      },
    });
    const predicted = predictMemory({
      ...{ model: tinyConfig, method, config, targets, objective, optimizer: adamw },
      ...{ batchSize: 4, unitRows: 2, sequence },
      recipe: { recipe, config: recipe.config.parse({}) },
    });
    expect(Math.abs(whole.result.peak.total / predicted.total - 1)).toBeLessThan(0.01);
    const { result } = await run(name, { options, resume: kept! });
    expect(Buffer.compare(result.adapter!, whole.result.adapter!)).toBe(0);
    expect(result.recipe).toEqual(whole.result.recipe);
    expect(result.validation).toEqual(whole.result.validation);
  });

  it('learns from a batch of one query, which it compares with documents that it finds', async () => {
    const { steps } = await run(name, { options: { batchSize: 1 } });
    expect(steps[0]!.gradientNorm).toBeGreaterThan(0);
  });
});

const batchesOf = (name: string, recipeConfig: object, steps: readonly number[], more: { of?: typeof data } = {}) =>
  batchesOn({ engine: on.engine, base }, name, { recipeConfig, steps, ...more });

/** The text of a row, as far as it was read. */
const textOf = (inputs: Int32Array, lengths: Int32Array, row: number) =>
  Array.from(inputs.subarray(row * sequence, row * sequence + lengths[row]!), (token) =>
    String.fromCharCode('a'.charCodeAt(0) + token),
  ).join('');

describe('negatives', () => {
  it('are those that the model ranks first, without relevant ones, and found anew when asked for', async () => {
    const { batches, report, state, read, trial } = await batchesOf(
      'static-hard',
      { negatives: 2, topK: 3, refreshEvery: 2 },
      [1, 2, 3],
    );
    const { corpus, train: split } = data;
    const [documents, queries] = [
      await read(corpus!.batch(Array.from({ length: corpus!.size }, (_, at) => at))),
      await read(split.searches!.batch([0, 1, 2, 3])),
    ];
    const { width } = tinyConfig;
    [0, 1, 2, 3].forEach((unit) => {
      const relevant = new Set(split.searches!.relevant(unit).map(({ document }) => document));
      const near = Array.from({ length: corpus!.size }, (_, document) => ({
        document,
        similarity: documents
          .subarray(document * width, (document + 1) * width)
          .reduce((sum, x, at) => sum + x * queries[unit * width + at]!, 0),
      }))
        .filter(({ document }) => !relevant.has(document))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, 3)
        .map(({ document }) => document);
      expect(Array.from(state.found!.subarray(3 * unit, 3 * unit + 3))).toEqual(near);
      for (const { groups, inputs, lengths, size } of batches) {
        expect([size, Array.from(groups!)]).toEqual([16, [4, 4, 4, 4]]);
        const seen = [2, 3].map((row) => textOf(inputs, lengths, 4 * unit + row));
        expect(near.map((document) => corpus!.texts[document])).toEqual(expect.arrayContaining(seen));
        expect(new Set(seen).size).toBe(2);
      }
    });
    // Before the first step and before the third.
    expect(report).toEqual({ encodedTexts: 2 * searchedTextsOf });
    trial.dispose();
  });

  it('are drawn from the whole corpus without a search', async () => {
    const { batches, report, trial } = await batchesOf('random-negatives', { negatives: 3 }, [1, 2, 3, 4, 5, 6]);
    const seen = batches.flatMap(({ inputs, lengths }) =>
      [0, 1, 2, 3].flatMap((unit) => [2, 3, 4].map((row) => textOf(inputs, lengths, 5 * unit + row))),
    );
    expect(new Set(seen).size).toBeGreaterThan(25);
    for (const text of seen) expect(data.corpus!.texts).toContain(text);
    expect(report).toEqual({});
    trial.dispose();
  });

  it('are as many as there are where the corpus has fewer', async () => {
    const small = { ...data };
    const rows = [{ text: 'aaa', grade: 1 }];
    const queries = ['ab', 'ac', 'ad', 'ae'].map((query) => ({ query, rows }));
    small.corpus = corpusOf(queries, ['bbb'], texts);
    small.train = searchedTexts(queries, small.corpus, texts);
    for (const name of ['random-negatives', 'star']) {
      const { batches, trial } = await batchesOf(name, { negatives: 3 }, [1], { of: small });
      expect(Array.from(batches[0]!.groups!)).toEqual([3, 3, 3, 3]);
      trial.dispose();
    }
  });

  it('count the products of the rows that a step has', () => {
    const asked = { model: tinyConfig, method, config, targets, objective, optimizer: adamw, batchSize: 4, sequence };
    const of = (name: string, recipeConfig: object) => {
      const recipe = findRecipe(name);
      return predictProducts({ ...asked, unitRows: 2, recipe: { recipe, config: recipe.config.parse(recipeConfig) } })!;
    };
    expect(of('star', { negatives: 4 }).forward).toBe(2 * of('star', { negatives: 1 }).forward);
    expect(of('lol', { compare: 2 }).backward).toBe(3 * of('adore', {}).backward);
  });
});

describe('documents that stay', () => {
  it('are encoded by the model before training, and queries by the adapter that it left', async () => {
    const { result } = await run('adore', { options: { steps: 6 } });
    const { info, before, tensors } = readAdapter(result.adapter!);
    expect(info.fixed).toEqual({ feedback: 0 });
    expect([...before!.keys()].sort()).toEqual([...tensors.keys()].sort());
    const { examples } = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
    const [first, trained] = [before!, tensors].map((of) => {
      const trial = restore(base, method, result.adapter!);
      trial.load(of);
      return trial;
    });
    const read = (trial: typeof first, batch: Parameters<ReturnType<typeof objectiveOf>['read']>[1]) =>
      objectiveOf(objective).read(tinyConfig, batch, trial!.access());
    const { corpus, test } = data;
    const documents = await read(first, corpus!.batch(Array.from({ length: corpus!.size }, (_, at) => at)));
    const { width } = tinyConfig;
    for (let unit = 2; unit < test.size; unit++) {
      const query = await read(trained, test.searches!.batch([unit]));
      const similarity = (at: number) => query.reduce((sum, x, place) => sum + x * documents[at * width + place]!, 0);
      const found = similarity(test.searches!.relevant(unit)[0]!.document);
      const above = corpus!.texts.filter((_, at) => similarity(at) > found + 1e-6).length;
      expect(1 / examples.ap![unit]!).toBeCloseTo(above + 1, 6);
    }
    first!.dispose();
    trained!.dispose();
    expect(result.recipe).toEqual({ encodedTexts: data.corpus!.size });
  });

  it('are those of an adapter that training starts from, which cannot be of two encoders itself', async () => {
    const start = (await run('star')).result.adapter!;
    const { result } = await run('adore', { start });
    const [own, of] = [readAdapter(result.adapter!).before!, readAdapter(start).tensors];
    for (const [path, { values }] of of) expect(own.get(path)!.values).toEqual(values);
    await expect(run('adore', { start: result.adapter! })).rejects.toThrow(
      /^The adapter to start from is of two encoders: it encodes queries alone/,
    );
    for (const format of ['peft', 'merged'] as const) {
      const exported = exportAdapter({ model: base, method, adapter: result.adapter!, format, baseName: 'tiny' });
      await expect(exported).rejects.toThrow(/encodes queries alone, .* Take it 'native'/);
    }
  });

  it('tell how many are encoded, for the recipe and for the validation', async () => {
    const told: number[] = [];
    await run('adore', {
      options: { steps: 2 },
      onEvent: (event) => {
        if (event.type !== 'encoding') return;
        expect(event.of).toBe(data.corpus!.size);
        told.push(event.documents);
      },
    });
    const pass = Array.from({ length: Math.ceil(data.corpus!.size / 8) }, (_, at) =>
      Math.min(8 * (at + 1), data.corpus!.size),
    );
    expect(told).toEqual([...pass, ...pass]);
  });

  it('need a method that keeps a copy of what it was', () => {
    const adore = findRecipe('adore');
    const of = (name: string) => {
      const method = findMethod(name);
      const own = method.config.parse(method.usesRank ? { rank: 2 } : {});
      const asked = { model: tinyConfig, method, config: own, targets, objective };
      return refusal({ ...asked, recipe: { recipe: adore, config: adore.config.parse({}) } })?.reason;
    };
    expect(of('increlora')).toBe(
      'adore encodes documents by the model before training, of which increlora keeps no copy: leave the recipe out, or choose another method',
    );
    expect(of('dylora')).toMatch(/dylora keeps no copy/);
    expect(['full-ft', 'bitfit', 'dora', 'pissa', 'prompt-tuning'].map(of)).toEqual(Array(5).fill(undefined));
  });

  it.each(['full-ft', 'pissa', 'prompt-tuning'])('hold the bytes that are predicted: %s', async (name) => {
    const other = findMethod(name);
    const own = other.config.parse(other.usesRank ? { rank: 2 } : {});
    const recipe = findRecipe('adore');
    const { result } = await run('adore', { method: other, config: own });
    const predicted = predictMemory({
      ...{ model: tinyConfig, method: other, config: own, targets, objective, optimizer: adamw },
      ...{ batchSize: 4, unitRows: 2, sequence },
      recipe: { recipe, config: recipe.config.parse({}) },
    });
    expect(Math.abs(result.peak.total / predicted.total - 1)).toBeLessThan(0.01);
  });
});

describe('readings with feedback', () => {
  it('follow the query by documents of the first search, with fewer of the same in later rows', async () => {
    const { result } = await run('lol', { recipeConfig: { feedback: 2 } });
    expect(readAdapter(result.adapter!).info.fixed).toEqual({ feedback: 2 });
    const { searches } = data.train;
    const { texts: all } = data.corpus!;
    const { size, groups, inputs, lengths } = searches!.readings([1, 3], [[[4, 5], [4], []], [[7]]]);
    expect([size, Array.from(groups!)]).toEqual([4, [3, 1]]);
    const query = data.train.queries![1]!.query;
    // A line break is a token of its own here, the first one, and eight tokens are read.
    expect([0, 1, 2].map((row) => textOf(inputs, lengths, row))).toEqual([
      `${query}a${all[4]}`.slice(0, sequence),
      `${query}a${all[4]}`.slice(0, sequence),
      query,
    ]);
  });

  it('train, with lambda 0, as each reading does apart: to the bit', async () => {
    const recipe = findRecipe('lol');
    const { loss } = recipe;
    const apart: typeof recipe = {
      ...recipe,
      loss: {
        ...loss!,
        evaluate({ outputs, batch, config, state }) {
          // The loss of every reading of a query by itself, with half the weight: of two readings, those of this test.
          const width = outputs.length / batch.size;
          const gradient = new Float32Array(outputs.length);
          let value = 0;
          for (let row = 0; row < batch.size; row++) {
            const { vectors, relevant } = batch.fixed!;
            const one = {
              ...batch,
              size: 1,
              groups: Int32Array.of(1),
              fixed: { vectors, relevant: [relevant[row >> 1]!] },
            };
            const own = outputs.subarray(row * width, (row + 1) * width);
            const term = loss!.evaluate({ outputs: own, batch: one, config, state });
            value += term.value / 2;
            gradient.set(
              term.gradient.map((slope) => slope / 2),
              row * width,
            );
          }
          return { value, gradient };
        },
      },
    };
    const given = { recipeConfig: { lambda: 0 }, options: { steps: 4 } };
    const [together, alone] = [await run('lol', given), await run('lol', { ...given, recipe: apart })];
    expectClose(
      together.steps.map(({ loss }) => loss),
      alone.steps.map(({ loss }) => loss),
      1e-12,
      'losses',
    );
    expect(together.steps.map(({ gradientNorm }) => gradientNorm)).toEqual(
      alone.steps.map(({ gradientNorm }) => gradientNorm),
    );
    expect(Buffer.compare(together.result.adapter!, alone.result.adapter!)).toBe(0);
    const compared = await run('lol', { ...given, recipeConfig: { lambda: 5 } });
    expect(Buffer.compare(together.result.adapter!, compared.result.adapter!)).not.toBe(0);
  });

  it('are scored with as many documents as they are trained with', async () => {
    const { result } = await run('lol', { recipeConfig: { feedback: 1 } });
    const scored = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test' });
    const trial = restore(base, method, result.adapter!);
    const { corpus, test } = data;
    const of = encodersOf(trial, tinyConfig, objective);
    const documents = await of.documents(corpus!.batch(Array.from({ length: corpus!.size }, (_, at) => at)));
    const { width } = tinyConfig;
    const similarities = (query: Float32Array) =>
      Array.from(corpus!.texts, (_, at) =>
        query.reduce((sum, x, place) => sum + x * documents[at * width + place]!, 0),
      );
    for (let unit = 2; unit < 6; unit++) {
      const first = similarities(await of.documents(test.searches!.batch([unit])));
      const added = first.indexOf(Math.max(...first));
      const second = similarities(await of.queries(test.searches!.readings([unit], [[[added]]])));
      const found = second[test.searches!.relevant(unit)[0]!.document]!;
      const above = second.filter((similarity) => similarity > found + 1e-6).length;
      expect(1 / scored.examples.ap![unit]!).toBeCloseTo(above + 1, 6);
    }
    trial.dispose();
    expect(result.recipe).toEqual({ encodedTexts: searchedTextsOf, feedbackDrift: expect.any(Number) });
  });
});
