/** @file The norms of queries and keys against float64 arithmetic, and what measuring them must not do. */
import { readFileSync } from 'node:fs';
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { importAdapter } from '../src/export/read.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelConfigSchema } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { parametersOf } from '../src/models/tensors.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { restore } from '../src/training/evaluate.js';
import type { StepEvent } from '../src/training/events.js';
import { inject } from '../src/training/inject.js';
import { measureNorms } from '../src/training/monitor.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import type { TrialModel } from '../src/training/trial.js';
import type { Nested } from './support/close.js';
import { hostTensors } from './support/model-vectors.js';
import { tinyConfig, tinyData } from './support/tiny-model.js';

const lora = findMethod('lora');
const config = modelConfigSchema.parse({
  architecture: 'gpt2',
  vocabularySize: 13,
  contextLength: 8,
  width: 16,
  layers: 1,
  heads: 2,
  mlpWidth: 24,
  normEpsilon: 1e-5,
});

let base: LoadedBase;
let engine: TrainInput['engine'];
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = new LoadedBase({ config, values: initialValues(config, createRandom(3)), tokenizer: null });
});
afterAll(() => base.dispose());

const batch = tinyData.train.batch([0, 1, 2]);
const matrixOf = ({ shape, values }: { shape: number[]; values: ArrayLike<number> }) =>
  Matrix.from1DArray(shape[0]!, shape[1]!, Array.from(values));
const largest = (matrix: Matrix) => Math.max(Math.abs(matrix.max()), Math.abs(matrix.min()));

/** A LoRA on the queries whose factors are not zero, with `alpha / rank` as the scale. */
function trialOf(alpha: number): TrialModel {
  const trial = inject({ base, method: lora, config: { rank: 2, alpha }, targets: ['query'], random: createRandom(1) });
  const random = createRandom(9);
  for (const [path, { shape, size }] of trial.trained()) {
    trial.replace(
      path,
      tf.tensor(
        Array.from({ length: size }, () => 0.3 * random.normal()),
        shape,
      ),
    );
  }
  return trial;
}
const norms = (trial: TrialModel, of = batch) => measureNorms({ trial, model: config, method: lora, batch: of });

const run = async (options: object, method = lora) => {
  const steps: StepEvent[] = [];
  const result = await train({
    engine,
    model: base,
    method,
    config: method.usesRank ? { rank: 2 } : {},
    optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
    data: tinyData,
    options: { clipNorm: null, steps: 6, batchSize: 4, learningRate: 1e-2, targets: ['query'], ...options },
    onEvent: (event) => void (event.type === 'step' && steps.push(event)),
  });
  return { result, steps };
};

/** What flows into the first block's projections: normalized embeddings, `[tokens, width]`. */
function inputs(): Matrix {
  const tokens = matrixOf(base.host('embedding.tokens'));
  const positions = matrixOf(base.host('embedding.positions'));
  const rows = Array.from(batch.inputs, (token, row) => {
    const x = tokens.getRow(token).map((value, column) => value + positions.get(row % batch.sequence, column));
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    return x.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  });
  return new Matrix(rows);
}

interface NormCase {
  name: string;
  config: object;
  tensors: Record<string, Nested>;
  tokens: number[];
  norms: Record<string, number>;
}
const vector: {
  sequence: number;
  base: { config: Record<string, unknown>; tensors: Record<string, Nested> };
  cases: NormCase[];
} = JSON.parse(readFileSync(new URL('./vectors/metrics/norms.json', import.meta.url), 'utf8'));

describe('norms of queries and keys', () => {
  it.each(vector.cases)('are those of peft: $name', async ({ name, config, tensors, tokens, norms: expected }) => {
    const weights = hostTensors(vector.base.tensors);
    const model = readModelConfig(vector.base.config, weights.keys());
    const llama = new LoadedBase({ config: model, values: parametersOf(model, weights), tokenizer: null });
    const { adapter } = importAdapter({ model, config, tensors: hostTensors(tensors) });
    const method = findMethod(name);
    const trial = restore(llama, method, adapter);
    const { sequence } = vector;
    const size = tokens.length / sequence;
    const input = { size, sequence, inputs: Int32Array.from(tokens), lengths: new Int32Array(size).fill(sequence) };
    const measured = await measureNorms({ trial, model, method, batch: { ...batch, ...input } });
    expect(Object.keys(measured).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) expect(measured[key], key).toBeCloseTo(value, 5);
    trial.dispose();
    llama.dispose();
  });

  it('are those of float64 arithmetic', async () => {
    const trial = trialOf(3);
    const [a, b] = ['lora_A', 'lora_B'].map((name) => {
      const tensor = trial.trained().get(`blocks.0.attention.query.${name}`)!;
      return matrixOf({ shape: tensor.shape, values: tensor.dataSync() });
    });
    const x = inputs();
    const kernel = (name: string) => matrixOf(base.host(`blocks.0.attention.${name}.kernel`));
    const query = x.mmul(kernel('query'));
    const update = x.mmul(a!).mmul(b!).mul(1.5);
    const whole = largest(Matrix.add(query, update));
    const key = largest(x.mmul(kernel('key')));
    const expected = {
      query: whole,
      'query-base': largest(query),
      'query-update': largest(update),
      'query-ratio': whole / Math.sqrt(Math.log(8)),
      key,
      'key-base': key,
      'key-update': 0,
      'key-ratio': key / Math.sqrt(Math.log(8)),
    };
    const measured = await norms(trial);
    expect(Object.keys(measured)).toHaveLength(16);
    for (const [name, value] of Object.entries(expected)) {
      expect(measured[`${name}.max`], name).toBeCloseTo(value, 4);
      expect(measured[`${name}.mean`], `one layer: the mean is the maximum, ${name}`).toBe(measured[`${name}.max`]);
    }
    trial.dispose();
  });

  it('grow linearly with the scale of the update, and do not depend on the order of examples', async () => {
    const [one, two] = [trialOf(2), trialOf(4)];
    const [small, large] = [await norms(one), await norms(two)];
    expect(large['query-update.max']! / small['query-update.max']!).toBeCloseTo(2, 5);
    const permuted = await norms(one, tinyData.train.batch([2, 0, 1]));
    for (const [name, value] of Object.entries(small)) expect(permuted[name]).toBeCloseTo(value, 5);
    one.dispose();
    two.dispose();
  });

  it('start without an update', async () => {
    const trial = inject({
      base,
      method: lora,
      config: { rank: 2, alpha: 2 },
      targets: ['query', 'key'],
      random: createRandom(1),
    });
    const measured = await norms(trial);
    expect([measured['query-update.max'], measured['key-update.max']]).toEqual([0, 0]);
    expect(measured['query.max']).toBe(measured['query-base.max']);
    trial.dispose();
  });

  it('are read and nothing is changed', async () => {
    const trial = trialOf(2);
    await norms(trial);
    const values = () => [...trial.trained().values()].map((tensor) => tensor.dataSync().slice());
    const before = values();
    const tensors = tf.memory().numTensors;
    await norms(trial);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(values()).toEqual(before);
    trial.dispose();
  });

  it('are refused for a method whose update is no product of two thin matrices, and it is named', async () => {
    const reason =
      "normEvery 2 measures low-rank updates, as LoRA's and DoRA's, and those of ia3 are none: leave normEvery out, or choose a method whose updates are";
    const refused = (name: string, normEvery?: number) => {
      const method = findMethod(name);
      return refusal({ model: tinyConfig, method, config: method.config.parse({}), targets: ['query'], normEvery });
    };
    expect(refused('ia3', 2)).toEqual({ field: 'normEvery', reason });
    expect(refused('ia3')).toBeUndefined();
    for (const name of ['lora', 'dora', 'gradnormlorp']) expect(refused(name, 2)).toBeUndefined();
    await expect(run({ normEvery: 2 }, findMethod('ia3'))).rejects.toThrow(reason);
  });
});

describe('a training', () => {
  it.each(['lora', 'dora', 'gradnormlorp'])(
    'by %s reports them at their cadence, and trains as without',
    async (name) => {
      const without = await run({}, findMethod(name));
      const watched = await run({ normEvery: 2 }, findMethod(name));
      expect(watched.steps.map(({ norms }) => norms !== undefined)).toEqual([false, true, false, true, false, true]);
      expect(watched.steps.map(({ loss }) => loss)).toEqual(without.steps.map(({ loss }) => loss));
      expect(watched.result.peak).toEqual(without.result.peak);
      expect(without.steps.every(({ norms }) => norms === undefined)).toBe(true);
    },
  );
});
