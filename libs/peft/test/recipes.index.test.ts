/** @file Recipes that look among more documents than are compared: by an index they find what comparing all finds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadedBase } from '../src/models/base.js';
import { data } from './support/letters.js';
import { openedEngine } from './support/opened-engine.js';
import { batchesOn } from './support/step-batches.js';
import { tinyBase } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

type Compared = Record<'documents' | 'queries', number>;
const batchesOf = (name: string, recipeConfig: object, steps: readonly number[], compared?: Compared) =>
  batchesOn({ engine: on.engine, base }, name, { recipeConfig, steps, ...(compared && { compared }) });

/** So little is compared that an index is asked. */
const few = { documents: 5, queries: 1 };

describe('an index of documents', () => {
  it('finds the negatives that comparing all finds, where documents and queries are many', async () => {
    const config = { negatives: 2, topK: 3, refreshEvery: 2 };
    const [byIndex, compared, fewer] = [
      await batchesOf('static-hard', config, [1, 2, 3], few),
      await batchesOf('static-hard', config, [1, 2, 3]),
      await batchesOf('static-hard', config, [1], { ...few, queries: data.train.size }),
    ];
    expect(byIndex.state.found).toEqual(compared.state.found);
    expect(byIndex.batches.map(({ inputs }) => inputs)).toEqual(compared.batches.map(({ inputs }) => inputs));
    expect(byIndex.report).toEqual({ ...compared.report, indexRecall: 1 });
    expect(fewer.report.indexRecall).toBeUndefined();
    for (const { trial } of [byIndex, compared, fewer]) trial.dispose();
  });

  it('finds the first documents of each step where they are more than are compared, and measures its recall once', async () => {
    const { batches, report, state, trial } = await batchesOf('adore', {}, [1, 2], few);
    const { vectors, first } = batches[1]!.fixed!;
    const width = vectors.length / data.corpus!.size;
    expect(first!(vectors.subarray(3 * width, 4 * width), 1)).toEqual([3]);
    expect(report).toEqual({ encodedTexts: data.corpus!.size, indexRecall: 1 });
    expect(state.indexRecall).toEqual(Float32Array.of(1));
    const all = await batchesOf('adore', {}, [1], { ...few, documents: data.corpus!.size });
    expect(all.batches[0]!.fixed!.first).toBeUndefined();
    expect(all.report).toEqual({ encodedTexts: data.corpus!.size });
    for (const each of [trial, all.trial]) each.dispose();
  });

  it('finds the documents that queries are read with, and leaves a loss that compares all to do so', async () => {
    const many = { documents: 5, queries: data.train.size - 1 };
    const [byIndex, compared] = [
      await batchesOf('lol', { feedback: 2 }, [1], many),
      await batchesOf('lol', { feedback: 2 }, [1], { ...many, queries: data.train.size }),
    ];
    expect(byIndex.report.indexRecall).toBe(1);
    expect(compared.report.indexRecall).toBeUndefined();
    for (const { batches } of [byIndex, compared]) expect(batches[0]!.fixed!.first).toBeUndefined();
    expect(byIndex.batches[0]!.inputs).toEqual(compared.batches[0]!.inputs);
    for (const { trial } of [byIndex, compared]) trial.dispose();
  });
});
