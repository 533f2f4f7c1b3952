/** @file Question answering: what a model writes, how it is scored, and what writing holds. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import type { TaskData } from '../src/data/task-data.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { architectureOf } from '../src/models/config.js';
import type { Split } from '../src/objectives/data.js';
import { scoreAnswer } from '../src/objectives/metrics/written-answers.js';
import { metricsOf } from '../src/objectives/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { evaluate } from '../src/training/evaluate.js';
import { metricParts } from '../src/training/metrics.js';
import { train } from '../src/training/trainer.js';
import { trivialScores } from '../src/training/trivial.js';
import { smallModels } from './support/small-models.js';
import { tinyBase } from './support/tiny-model.js';

const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

describe('scoreAnswer', () => {
  const { cases } = JSON.parse(readFileSync(new URL('vectors/metrics/answers.json', import.meta.url), 'utf8')) as {
    cases: { written: string; right: string[]; exactMatch: number; tokenF1: number }[];
  };

  it.each(cases)('scores $written against $right as the script of SQuAD does', ({ written, right, ...expected }) => {
    const { exactMatch, tokenF1 } = scoreAnswer(written, right);
    expect(exactMatch).toBe(expected.exactMatch);
    expect(tokenF1).toBeCloseTo(expected.tokenF1, 12);
  });
});

const [sequence, answerTokens] = [8, 3];
const [asks, end] = [11, 12];

/** Asks for the next two numbers of a progression, after 3 to 5 of them; an answer is its tokens, joined. */
function progressions(size: number, seed: number): Split {
  const random = createRandom(seed);
  const asked = Array.from({ length: size }, (_, index) => {
    const [start, stride, length] = [random.integer(11), 1 + random.integer(2), 3 + (index % 3)];
    const numbers = Array.from({ length: length + 2 }, (_, at) => (start + stride * at) % 11);
    return { prompt: [...numbers.slice(0, length), asks], answer: numbers.slice(length) };
  });
  return {
    size,
    questions: {
      prompt: (index) => Int32Array.from(asked[index]!.prompt),
      right: (index) => [asked[index]!.answer.join(' '), 'whatever'],
    },
    batch(indices) {
      const rows = indices.map((index) => [...asked[index]!.prompt, ...asked[index]!.answer, end]);
      const padded = (row: number[], filler: number) => [...row, ...new Array(sequence - row.length).fill(filler)];
      const counted = (index: number) => (_: number, at: number) => at >= asked[index]!.prompt.length - 1;
      const targets = (row: number[], index: number) =>
        row.slice(1).map((token, at) => (counted(index)(token, at) ? token : -1));
      return {
        size: rows.length,
        sequence,
        inputs: Int32Array.from(rows.flatMap((row) => padded(row.slice(0, -1), 0))),
        targets: Int32Array.from(rows.flatMap((row, at) => padded(targets(row, indices[at]!), -1))),
        lengths: Int32Array.from(rows, ({ length }) => length - 1),
      };
    },
  };
}

const data: TaskData = {
  objective: 'question-answering',
  writing: { tokens: answerTokens, end, decode: (tokens) => tokens.join(' ') },
  train: progressions(256, 1),
  validation: progressions(12, 2),
  test: progressions(30, 3),
};

describe('question answering', () => {
  it('is ranked by exact match, and shows F1 and perplexity', () => {
    expect(metricsOf('question-answering')).toEqual([
      { name: 'exactMatch', direction: 'maximize', scale: 'mean', range: [0, 1] },
      { name: 'tokenF1', direction: 'maximize', scale: 'mean', range: [0, 1] },
      { name: 'perplexity', direction: 'minimize', scale: 'exp-mean', range: [1, null] },
    ]);
  });

  it('learns to write right answers, and scores each example by what was written', async () => {
    const engine = await openEngine('wasm');
    const tensorsBefore = tf.memory().numTensors;
    const model = tinyBase();
    const method = findMethod('full-ft');
    const options = { steps: 120, batchSize: 32, learningRate: 1e-2, seed: 1 };
    const before = await evaluate({ model, method: findMethod('lora'), data, split: 'test' });
    const { adapter, validation } = await train({ engine, model, method, config: {}, optimizer: adamw, data, options });
    const scored = await evaluate({ model, method, adapter: adapter!, data, split: 'test', batchSize: 7 });

    expect(before.metrics.exactMatch).toBeLessThan(0.1);
    expect(scored.metrics.exactMatch).toBeGreaterThan(0.6);
    expect(validation!.exactMatch).toBeGreaterThan(0.6);
    const { answers } = scored.written!;
    const right = Array.from({ length: 30 }, (_, index) => data.test.questions!.right(index));
    const expected = answers.map((answer, index) => scoreAnswer(answer, right[index]!));
    expect(Array.from(scored.examples.exactMatch!)).toEqual(expected.map(({ exactMatch }) => exactMatch));
    expect(Array.from(scored.examples.tokenF1!)).toEqual(expected.map(({ tokenF1 }) => tokenF1));
    expect(scored.metrics.exactMatch).toBeCloseTo(
      answers.filter((answer, at) => answer === right[at]![0]).length / 30,
      12,
    );
    expect(scored.metrics.perplexity).toBeLessThan(before.metrics.perplexity!);
    const parts = metricParts(scored);
    expect(parts.tokenF1!.value).toBeCloseTo(expected.reduce((sum, { tokenF1 }) => sum + tokenF1, 0) / 30, 12);

    // Batches of another size ask the same questions.
    const alone = await evaluate({ model, method, adapter: adapter!, data, split: 'test', batchSize: 1 });
    expect(alone.written!.answers).toEqual(answers);
    model.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore);
  });

  it('has the commonest answer of the training split as its trivial predictor', () => {
    const split = (right: string[][]): Split => ({
      ...data.train,
      size: right.length,
      questions: { prompt: () => Int32Array.of(1), right: (index) => right[index]! },
    });
    const train = split([['red'], ['the blue sky', 'blue'], ['red'], ['blue']]);
    const test = split([['Red!'], ['red sea', 'sea'], ['green']]);
    expect(trivialScores({ ...data, train, test })).toEqual({
      name: 'commonest answer',
      metrics: { exactMatch: 1 / 3, tokenF1: (1 + 2 / 3) / 3 },
    });
  });

  it('ends over budget where writing takes more than a step', async () => {
    const engine = await openEngine('wasm');
    const model = tinyBase();
    const given = { engine, model, method: findMethod('lora'), config: { rank: 2 }, optimizer: adamw, data };
    const options = { steps: 0, batchSize: 2, learningRate: 1e-3 };
    const { peak } = await train({ ...given, options });
    const over = await train({ ...given, options, budgetBytes: peak.total - 1 });
    expect(over).toMatchObject({ outcome: 'over-budget', overBudget: { bytes: peak.total } });
    model.dispose();
  });
});

describe.each(['wasm', ...addedEngines] as const)('memory on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });
  const writers = smallModels.filter(({ model }) => architectureOf(model).vocabularyTable?.(model) !== undefined);

  it.each(['lora', 'dora', 'ia3'])('is predicted for answers that are written with %s', async (method) => {
    for (const { model: config } of writers) {
      for (const [batchSize, tokens] of [
        [2, 40],
        [4, 3],
      ] as const) {
        const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
        const given = { method: findMethod(method), targets: ['query', 'value'] };
        const methodConfig = given.method.config.parse({});
        const sequence = 48;
        const split: Split = {
          size: 4 * batchSize,
          questions: { prompt: () => new Int32Array(sequence + 1 - tokens).fill(3), right: () => ['no'] },
          batch: (indices) => ({
            size: indices.length,
            sequence,
            inputs: new Int32Array(indices.length * sequence).fill(3),
            targets: new Int32Array(indices.length * sequence).fill(3),
            lengths: new Int32Array(indices.length).fill(sequence),
          }),
        };
        const splits = { train: split, validation: split, test: split };
        const { peak } = await train({
          ...given,
          engine,
          model,
          config: methodConfig,
          optimizer: adamw,
          data: { objective: 'question-answering', writing: { tokens, end: -1, decode: String }, ...splits },
          options: { steps: 0, batchSize, learningRate: 1e-3, targets: given.targets },
        });
        const shapes = { ...given, model: config, config: methodConfig, optimizer: adamw, engine: name };
        const predicted = predictMemory({ ...shapes, batchSize, sequence, steps: 0, answerTokens: tokens });
        const label = `${config.architecture}, ${4 * batchSize} answers of ${tokens} tokens`;
        expect(Math.abs(predicted.total / peak.total - 1), label).toBeLessThan(0.01);
        model.dispose();
      }
    }
  });
});
