/** @file Penalties on outputs: against the reference, in the backward pass, and in a training. */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { differentiateOutputs, disposeGradients } from '../src/engine/autograd.js';
import { openEngine } from '../src/engine/engine.js';
import { tiedLogits } from '../src/engine/logits.js';
import type { Method } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import type { StepEvent } from '../src/training/events.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { expectClose, relativeError } from './support/close.js';
import { tinyBase, tinyData } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

const penalizing = methods.filter(({ outputPenalty }) => outputPenalty);
const cases = penalizing.flatMap((method) =>
  (readVector('methods', method.name).outputPenalties ?? []).map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}, ${testCase.kind}`,
  })),
);

it('has a reference for every method with a penalty on outputs, of classes and of tokens', () => {
  for (const { name } of penalizing) {
    const kinds = cases.filter(({ method }) => method.name === name).map(({ testCase }) => testCase.kind);
    expect([...new Set(kinds)].sort(), name).toEqual(['classes', 'tokens']);
  }
});

it.each(cases)('$label has the value and the gradient of the reference', ({ method, testCase }) => {
  const { kind, logits, reference, teacher, targets = [], value, gradient } = testCase;
  const matrix = (rows: unknown) => new Matrix(rows as number[][]);
  const others = {
    ...(reference && { reference: matrix(reference) }),
    ...(teacher && { teacher: matrix(teacher) }),
  };
  expect(Object.keys(others).sort()).toEqual([...method.outputPenalty!.against].sort());
  const config = method.config.parse(testCase.config);
  const term = method.outputPenalty!.evaluate({
    logits: matrix(logits),
    others,
    targets: Int32Array.from(targets),
    kind,
    config,
  });
  expect(Math.abs(term.value - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  // Where nothing is to be learned both are zero up to rounding.
  expect(relativeError(term.gradient.to2DArray(), gradient, 1e-6), 'gradient').toBeLessThanOrEqual(1e-7);
});

describe('in training', () => {
  let base: LoadedBase;
  let engine: TrainInput['engine'];
  let tensorsBefore: number;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    tensorsBefore = tf.memory().numTensors;
    base = tinyBase();
  });
  afterAll(() => {
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore);
  });

  it('the gradient of a term over outputs reaches the parameters with that of the loss', async () => {
    // f = Σ w² + Σ g·(x[rows]·wᵀ) has the gradient 2w + gᵀ·x[rows] in w and, in x, g·w at the rows.
    const [x, w, g] = [3, 4, 2].map((rows, seed) => {
      const random = createRandom(seed);
      return tf.tensor2d(
        Array.from({ length: rows * (seed === 2 ? 4 : 2) }, () => random.normal()),
        [rows, seed === 2 ? 4 : 2],
      );
    }) as [Tensor2D, Tensor2D, Tensor2D];
    const parameters = new Map([
      ['x', x],
      ['w', w],
    ]);
    const rows = Int32Array.of(2, 0);
    const { value, gradients } = await differentiateOutputs(
      parameters,
      () => ({ value: tf.sum(tf.square(w)) as Scalar, outputs: tiedLogits(x, w, rows) }),
      async () => g.clone(),
    );
    const read = (compute: () => Tensor2D) => tf.tidy(() => compute().dataSync() as Float32Array);
    const chosen = tf.tidy(() => tf.gather(x, tf.tensor1d(rows, 'int32')));
    const expected = read(() => tf.add(tf.mul(w, 2), tf.matMul(g, chosen, true, false)));
    expectClose(gradients.get('w')!.dataSync() as Float32Array, expected, 1e-6, 'gradient of w');
    const ofRows = tf.tidy(() => tf.matMul(g, w).arraySync()) as number[][];
    expectClose(gradients.get('x')!.arraySync() as number[][], [ofRows[1]!, [0, 0], ofRows[0]!], 1e-6, 'gradient of x');
    disposeGradients(gradients);
    tf.dispose([x, w, g, value, chosen]);
  });

  const run = async (method: Method, config: object, options: object = {}, data: TaskData = tinyData) => {
    const steps: StepEvent[] = [];
    const result = await train({
      engine,
      model: base,
      method,
      config: { rank: 2, ...config },
      optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
      data,
      options: {
        clipNorm: null,
        steps: 6,
        batchSize: 4,
        learningRate: 1e-2,
        targets: ['query', 'fc_out'],
        seed: 2,
        ...options,
      },
      onEvent: (event) => void (event.type === 'step' && steps.push(event)),
    });
    return { result, losses: steps.map(({ loss }) => loss) };
  };
  const off = { consistency: 0, diversity: 0, concentration: 0 };
  const tensorsOf = (adapter: Uint8Array) => Object.fromEntries(readAdapter(adapter).tensors);

  it('BA-LoRA without its penalties is PiSSA, to the bit, also where batches are accumulated', async () => {
    for (const options of [{}, { accumulate: 2, batchSize: 2 }]) {
      const [pissa, without] = [
        await run(findMethod('pissa'), {}, options),
        await run(findMethod('ba-lora'), off, options),
      ];
      expect(without.losses).toEqual(pissa.losses);
      expect(tensorsOf(without.result.adapter!)).toEqual(tensorsOf(pissa.result.adapter!));
    }
  });

  it('starts with no distance to the base and keeps the model nearer to it the larger its weight', async () => {
    const pissa = await run(findMethod('pissa'), {});
    const distances = await Promise.all(
      [0, 1, 100].map(async (consistency) => {
        const { losses } = await run(findMethod('ba-lora'), { ...off, consistency }, { steps: 12 });
        return losses;
      }),
    );
    for (const losses of distances) expect(losses[0]).toBeCloseTo(pissa.losses[0]!, 5);
    // Under a large weight the model stays where it was: the loss falls less.
    const falls = distances.map((losses) => losses[0]! - losses.at(-1)!);
    expect(falls[0]!).toBeGreaterThan(falls[1]!);
    expect(falls[1]!).toBeGreaterThan(falls[2]!);
  });

  it('is refused for a number, which has no distribution', async () => {
    const split = { ...tinyData.train, batch: () => ({ ...tinyData.train.batch([0]), values: Float32Array.of(1) }) };
    const data: TaskData = { objective: 'regression', train: split, validation: split, test: split };
    await expect(run(findMethod('ba-lora'), {}, {}, data)).rejects.toThrow(
      'ba-lora needs outputs over classes or tokens, whose distribution it penalizes; here a row has none',
    );
  });

  it('works on the outputs of a classification head, and on fewer rows than it may look at', async () => {
    const split = {
      size: 12,
      batch: (indices: readonly number[]) => ({
        size: indices.length,
        sequence: 4,
        inputs: Int32Array.from(indices.flatMap((index) => [index, 1, 2, 3])),
        lengths: new Int32Array(indices.length).fill(4),
        targets: Int32Array.from(indices, (index) => index % 3),
      }),
    };
    const data: TaskData = { objective: 'classification', classes: 3, train: split, validation: split, test: split };
    const { losses } = await run(findMethod('ba-lora'), {}, { steps: 20 }, data);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(Number.isFinite(losses.at(-1))).toBe(true);
  });
});
