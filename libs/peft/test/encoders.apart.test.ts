/** @file Blocks that encode query and text of a row apart: their numbers, what they hold and multiply, and where they are refused. */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { gradedTexts } from '../src/data/graded.js';
import { attentionApart } from '../src/engine/attention-apart.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { BackendName } from '../src/engine/traits.js';
import { predictMemory } from '../src/memory/predict.js';
import { predictProducts } from '../src/memory/step-products.js';
import { traceStep } from '../src/memory/trace.js';
import { placeApart, rowsApart, tokenRanges } from '../src/models/apart.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelConfigSchema, sourcedParameters } from '../src/models/config.js';
import { hiddenStates } from '../src/models/forward.js';
import { parametersOf } from '../src/models/tensors.js';
import type { Batch } from '../src/objectives/data.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { planTrial } from '../src/training/plan.js';
import { train } from '../src/training/trainer.js';
import { byOperations } from './support/by-operations.js';
import { expectClose, type Nested, relativeError } from './support/close.js';
import { baseOf, hostTensors } from './support/model-vectors.js';
import { multiplyAdds } from './support/products.js';
import { numbered, wordedQueries } from './support/worded-queries.js';

interface Vector {
  config: Record<string, unknown>;
  tensors: Record<string, Nested>;
  queryTokens: number;
  after: number;
  sequence: number;
  rows: { tokens: number[]; query: number; titled: number }[];
  grades: number[];
  cases: {
    apartBlocks: number;
    titleWithQuery?: true;
    hidden: Nested;
    scores: Nested;
    loss: number;
    gradients: Record<string, Nested>;
  }[];
}
const vector = JSON.parse(readFileSync(new URL('vectors/encoders/pyramid.json', import.meta.url), 'utf8')) as Vector;
const { queryTokens, sequence, rows } = vector;

const batch: Batch = {
  size: rows.length,
  sequence,
  inputs: Int32Array.from(rows.flatMap(({ tokens }) => [...tokens, ...new Array(sequence - tokens.length).fill(0)])),
  lengths: Int32Array.from(rows, ({ tokens }) => tokens.length),
  queries: {
    lengths: Int32Array.from(rows, ({ query }) => query),
    after: vector.after,
    withTitles: () => Int32Array.from(rows, ({ titled }) => titled),
  },
  targets: new Int32Array(0),
  values: Float32Array.from(vector.grades),
  groups: Int32Array.of(rows.length),
};

const encoder = modelConfigSchema.parse({
  architecture: 'bert',
  vocabularySize: 64,
  contextLength: 128,
  types: 2,
  width: 32,
  layers: 4,
  heads: 2,
  mlpWidth: 64,
  normEpsilon: 1e-12,
  pooler: true,
});
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const engines: readonly BackendName[] = ['wasm', ...addedEngines];

describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  it.each(vector.cases)(
    'gives the numbers of transformers with a block-diagonal mask in $apartBlocks blocks, titles with the query: $titleWithQuery',
    async ({ apartBlocks, titleWithQuery, hidden, scores, loss, gradients }) => {
      const before = tf.memory().numTensors;
      const tensors = Object.entries(vector.tensors).filter(([path]) => !path.startsWith('classifier'));
      const base = baseOf({ config: vector.config, tensors: Object.fromEntries(tensors) });
      const method = findMethod('full-ft');
      const config = method.config.parse({});
      const random = createRandom(1);
      const trial = inject({
        ...{ base, method, config, random, targets: ['query'], classes: 1 },
        ...{ apartBlocks, queryTokens, titleWithQuery },
      });
      const transposed = (values: Nested) => (values as number[][])[0]!.map((value) => [value]);
      trial.replace('head.kernel', tf.tensor2d(transposed(vector.tensors['classifier.weight']!)));
      trial.replace('head.bias', tf.tensor1d(vector.tensors['classifier.bias'] as number[]));
      const { read, loss: lossOf, count } = objectiveOf('ranking');
      const states = tf.tidy(() => hiddenStates(base.config, batch, trial.access()));
      expectClose((await states.data()) as Float32Array, hidden, 1e-5, 'hidden states');
      states.dispose();
      expectClose(await read(base.config, batch, trial.access()), scores, 1e-5, 'scores');
      const made = differentiate(trial.trained(), () => lossOf(base.config, batch, trial.access(), count(batch)));
      expectClose([(await made.value.data())[0]!], [loss], 1e-5, 'loss');
      const of = parametersOf(base.config, hostTensors(gradients));
      for (const { path } of sourcedParameters(base.config)) {
        const own = (await (made.gradients.get(path) as Tensor).data()) as Float32Array;
        expect(relativeError(own, of.get(path)!.values, 0.01), `gradient of ${path}`).toBeLessThan(1e-4);
      }
      disposeGradients(made.gradients);
      made.value.dispose();
      trial.dispose();
      base.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('asks the engine for no product of a token with one of the other part', async () => {
    const base = newBase();
    const [{ width }, { size, sequence, inputs, lengths, queries }] = [
      encoder,
      wordedQueries({ sequence: 32, words: [5, 20] }).train.batch([0]),
    ];
    const asked = async (apartBlocks: number) => {
      const method = findMethod('full-ft');
      const of = { base, method, config: {}, random: createRandom(1), targets: ['query'], classes: 1 };
      const trial = inject({ ...of, apartBlocks, queryTokens: 8 });
      const { kernels } = await tf.profile(() =>
        tf.tidy(
          () => void hiddenStates(encoder, { size, sequence, inputs, lengths, queries: queries! }, trial.access()),
        ),
      );
      trial.dispose();
      return kernels.reduce((sum, kernel) => sum + multiplyAdds(kernel), 0);
    };
    // A kernel for attention shows no products.
    const giveBack = byOperations(name);
    const [whole, apart] = [await asked(0), await asked(3)];
    giveBack();
    expect(whole - apart).toBeCloseTo(3 * 2 * size * width * 2 * 8 * 24, 3);
    base.dispose();
  });

  it.each([1, 3])('attends in chunks of %d queries as at once, gradients included', (chunk) => {
    const [size, width, counts] = [2, 6, [3, 5]];
    const parts = counts.map((count, at) => ({
      first: at === 0 ? 0 : counts[0]!,
      count,
      lengths: Int32Array.of(count, count - 2),
    }));
    const draw = (seed: number) => tf.randomNormal([size * 8, width], 0, 1, 'float32', seed) as Tensor2D;
    const [query, key, value, weights] = [draw(1), draw(2), draw(3), draw(4)] as const;
    const of = (more: object) => {
      const shape = { batch: size, heads: 2, parts, ...more };
      const trained = new Map(Object.entries({ query, key, value }));
      const found = differentiate(trained, () => tf.sum(tf.mul(attentionApart(query, key, value, shape), weights)));
      const host = [found.value, ...found.gradients.values()].flatMap((tensor) => Array.from(tensor.dataSync()));
      disposeGradients(found.gradients);
      found.value.dispose();
      return host;
    };
    const giveBack = byOperations(name);
    const chunked = of({ rows: chunk });
    giveBack();
    expectClose(chunked, of({}), 1e-5, 'chunks');
    tf.dispose([query, key, value, weights]);
  });

  const peaks = [
    { label: 'lora', more: {} },
    { label: 'full-ft', more: {} },
    { label: 'lora', more: { checkpointing: 'block' } },
    { label: 'lora', more: { attention: 'chunked' }, places: 32 },
    { label: 'eva', more: {} },
    { label: 'lora', more: { apartBlocks: 0 } },
  ] as const;
  it.each(name === 'wasm' ? peaks : peaks.slice(0, 2))(
    'holds what is predicted to a hundredth, by $label with $more',
    async ({ label, more, ...of }) => {
      const method = findMethod(label);
      const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
      const length = 128;
      const setting = {
        ...{ targets: ['query', 'key', 'value'], batchSize: 1, apartBlocks: 3 },
        ...{ queryTokens: 'places' in of ? of.places : 24, ...more },
      };
      const data = wordedQueries({ sequence: length, words: [30, 128] });
      const base = newBase();
      const options = { ...setting, steps: 2, learningRate: 1e-3 };
      const { peak } = await train({ engine, model: base, method, config, optimizer: adamw, data, options });
      base.dispose();
      const plan = { model: encoder, method, config, classes: 1, objective: 'ranking', engine: name } as const;
      const held = predictMemory({ ...plan, ...setting, unitRows: 4, optimizer: adamw, sequence: length, steps: 2 });
      expect(Math.abs(held.total / peak.total - 1)).toBeLessThan(0.01);
    },
  );
});

const newBase = () =>
  new LoadedBase({ config: encoder, values: initialValues(encoder, createRandom(1)), tokenizer: null });

describe('products', () => {
  const [length, places, width, examples] = [64, 16, encoder.width, 4];
  const method = findMethod('full-ft');
  const plan = { model: encoder, method, config: {}, targets: ['query'], classes: 1, objective: 'ranking' } as const;
  const of = (apartBlocks: number) => {
    const { forward, backward } = predictProducts({
      ...{ ...plan, apartBlocks, queryTokens: places, optimizer: adamw },
      ...{ batchSize: 1, unitRows: examples, sequence: length },
    })!;
    return { forward, backward };
  };

  it.each([0, 1, 2, 3])(
    'of attention are N_low(n1² + n2²) + N_high(n1 + n2)² by a constant with %d blocks apart',
    (low) => {
      const costs = traceStep({
        ...{ ...plan, plan: planTrial(plan), apartBlocks: low, queryTokens: places },
        ...{ batchSize: examples, sequence: length, dropout: 0 },
      });
      const attention = costs.filter(({ name }) => /^blocks\.\d+\.attention$/.test(name));
      const sum = (way: 'forward' | 'backward') =>
        attention.reduce((total, { multiplyAdds }) => total + (multiplyAdds as Record<typeof way, number>)[way], 0);
      const squares = low * (places ** 2 + (length - places) ** 2) + (encoder.layers - low) * length ** 2;
      // Scores and the sum of values forward, and the gradients of four matrices backward.
      expect([sum('forward'), sum('backward')]).toEqual([2, 4].map((each) => each * examples * width * squares));
    },
  );

  it('fall by what the tokens of query and text do not see of each other', () => {
    const spared = (low: number) => low * 2 * places * (length - places) * examples * width;
    const whole = of(0);
    for (const low of [1, 2, 3]) {
      const { forward, backward } = of(low);
      expect([whole.forward - forward, whole.backward - backward]).toEqual([2 * spared(low), 4 * spared(low)]);
    }
  });
});

describe('rows', () => {
  const texts = (query: string, text: string) =>
    gradedTexts([{ query, rows: [{ text, grade: 1 }] }], numbered(8)).batch([0]);
  const apart = { blocks: 1, queryTokens: 4 };

  it.each([
    ['both padded', '5 6', '7', 3, [1, 5, 6, 0, 7, 2, 0, 0]],
    ['a text that is cut before its end', '5', '7 8 9 10 11', 2, [1, 5, 0, 0, 7, 8, 9, 2]],
    ['a query that is cut', '5 6 7 8', '9', 5, [1, 5, 6, 7, 9, 2, 0, 0]],
    ['a query that fills the row', '5 6 7 8 9 10 11', '12', 7, [1, 5, 6, 7, 2, 0, 0, 0]],
    ['a text that begins as its query', '5 6', '5 6', 3, [1, 5, 6, 0, 5, 6, 2, 0]],
  ])('have query and text at their places: %s', (_, query, text, ofQuery, placed) => {
    const one = texts(query, text);
    expect(Array.from(one.queries!.lengths)).toEqual([ofQuery]);
    expect(Array.from(rowsApart(one, apart).inputs)).toEqual(placed);
  });

  it.each([
    ['one line', '5 6', '7 8', 3, [1, 5, 6, 0, 7, 8, 2, 0]],
    ['a title', '5', '6\n7 8', 3, [1, 5, 6, 0, 7, 8, 2, 0]],
    ['a title that is cut', '5', '6 7 8\n9', 5, [1, 5, 6, 7, 9, 2, 0, 0]],
    ['further lines', '5', '6\n7\n8', 3, [1, 5, 6, 0, 7, 8, 2, 0]],
  ])('have a title behind the query where it is to stand there: %s', (_, query, text, leading, placed) => {
    const one = texts(query, text);
    expect(Array.from(one.queries!.withTitles!())).toEqual([leading]);
    const titled = { ...apart, titleWithQuery: true };
    expect(Array.from(rowsApart(one, titled).inputs)).toEqual(placed);
    expect(placeApart(leading, one, titled)).toBe(4);
  });

  it('say where a token stands, and which rows of hidden states are of tokens', () => {
    const one = texts('5 6', '7 8');
    expect([0, 1, 2, 3, 4, 5].map((place) => placeApart(place, one, apart))).toEqual([0, 1, 2, 4, 5, 6]);
    expect(tokenRanges(one, apart)).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(tokenRanges(one, undefined)).toEqual([[0, 6]]);
  });

  it('refuses rows without queries, and query places that leave a text none', () => {
    const { queries: _, ...plain } = texts('5', '6');
    expect(() => rowsApart(plain, apart)).toThrow('no queries with a text each');
    expect(() => rowsApart(texts('5', '6'), { blocks: 1, queryTokens: 7 })).toThrow('leaves no place for a text');
  });
});
