/**
 * @file One small training and one scoring for each objective give the numbers that they gave when the kept file was written, to
 * the bit on wasm, and the same memory. The numbers are this library's own: vectors say that they are right, and this says that a
 * change of the code changed none of them. `npx vitest run --project peft objectives.kept --update` writes the file anew.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import type { ModelConfig } from '../src/models/config.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { evaluate } from '../src/training/evaluate.js';
import { headOf } from '../src/training/loss.js';
import { train } from '../src/training/trainer.js';
import { trivialScores } from '../src/training/trivial.js';
import { openedEngine } from './support/opened-engine.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';
import { tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';

const on = openedEngine('wasm');
let tiny: LoadedBase;
beforeAll(() => {
  tiny = tinyBase();
});
afterAll(() => tiny.dispose());

const methodOf = { name: 'lora', config: { rank: 2 } };
const adamw = findOptimizer('adamw');
const training = { batchSize: 4, dropout: 0, accumulate: 2 };

/** Numbers that follow from the first two tokens. */
const unit = { mean: 40, deviation: 12 };
const numbered = ({ size, batch }: Split): Split => ({
  size,
  batch(indices) {
    const read = batch(indices);
    const token = (row: number, at: number) => read.inputs[row * read.sequence + at]!;
    const values = Float32Array.from(indices, (_, row) => (token(row, 0) + token(row, 1) - 12) / 6);
    return { ...read, targets: new Int32Array(0), values };
  },
});
/** The second half of every example counts. */
const completing = ({ size, batch }: Split): Split => ({
  size,
  batch(indices) {
    const read = batch(indices);
    const { sequence } = read;
    return { ...read, targets: read.targets.map((target, at) => (at % sequence < sequence / 2 ? -1 : target)) };
  },
});
/** Whether the first token is even. */
const sorted = ({ size, batch }: Split): Split => ({
  size,
  batch(indices) {
    const read = batch(indices);
    return { ...read, targets: Int32Array.from(indices, (_, row) => read.inputs[row * read.sequence]! % 2) };
  },
});
const each = (make: (split: Split) => Split, { train, validation, test }: TaskData) => ({
  train: make(train),
  validation: make(validation),
  test: make(test),
});
const few = ({ train, ...data }: TaskData): TaskData => {
  const small = { ...train, size: Math.min(train.size, 12) };
  return { ...data, train: small, validation: small, test: small };
};
const smallModel = (architecture: string) => smallModels.find(({ model }) => model.architecture === architecture)!;
const randomOf = (architecture: string) => few(randomData({ ...smallModel(architecture), sequence: 0 }));

const cases: { data: TaskData; model: ModelConfig }[] = [
  { data: tinyData, model: tinyConfig },
  { data: { objective: 'instruction-tuning', ...each(completing, tinyData) }, model: tinyConfig },
  { data: { objective: 'classification', classes: 2, ...each(sorted, tinyData) }, model: tinyConfig },
  { data: { objective: 'regression', unit, ...each(numbered, tinyData) }, model: tinyConfig },
  { data: randomOf('vit'), model: smallModel('vit').model },
  { data: randomOf('embedding-mlp'), model: smallModel('embedding-mlp').model },
];

async function numbersOf({ data, model }: (typeof cases)[number]) {
  const base =
    model === tinyConfig
      ? tiny
      : new LoadedBase({ config: model, values: initialValues(model, createRandom(3)), tokenizer: null });
  const method = findMethod(methodOf.name);
  const optimizer = adamw.build(adamw.config.parse({}));
  const targets = everyTarget(model, method);
  const steps: number[][] = [];
  const result = await train({
    engine: on.engine,
    model: base,
    method,
    config: methodOf.config,
    optimizer,
    data,
    options: { ...training, targets, steps: 3, learningRate: 1e-2, seed: 1 },
    onEvent(event) {
      if (event.type === 'step') steps.push([event.loss, event.gradientNorm, event.peakBytes]);
    },
  });
  const scored = await evaluate({ model: base, method, adapter: result.adapter!, data, split: 'test', batchSize: 5 });
  const { sequence } = data.train.batch([0]);
  const config = method.config.parse(methodOf.config);
  const predicted = predictMemory({
    model,
    method,
    config,
    optimizer,
    targets,
    ...training,
    sequence,
    ...headOf(data),
  });
  if (base !== tiny) base.dispose();
  const { loss, prediction, label } = scored.columns;
  return {
    steps,
    validation: result.validation,
    test: scored.metrics,
    scores: digest([loss!, prediction ?? [], label ?? [], ...Object.values(scored.examples)]),
    adapter: createHash('sha256').update(result.adapter!).digest('hex'),
    peak: result.peak,
    predicted,
    trivial: trivialScores(data) ?? null,
  };
}

/** Writes the shortest decimals that give the same numbers. */
const digest = (numbers: readonly ArrayLike<number>[]): string =>
  createHash('sha256')
    .update(JSON.stringify(numbers.map((each) => Array.from(each))))
    .digest('hex');

it('trains and scores every objective as it did, to the bit', async () => {
  const all: Record<string, Awaited<ReturnType<typeof numbersOf>>> = {};
  for (const testCase of cases) all[testCase.data.objective] = await numbersOf(testCase);
  expect(Object.keys(all)).toHaveLength(cases.length);
  await expect(`${JSON.stringify(all, null, 2)}\n`).toMatchFileSnapshot('kept/objectives.generated.json');
});
