/**
 * @file Formulas that an engine may compute by kernels of its own: activations and norms against torch in float64. Rows are repeated, so
 * that an engine of several threads shares them out.
 */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { gelu, geluTanh, geluTanhGated, siluGated } from '../src/engine/activations.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { adamOf, formulaKernels, scaledAdded, squaredSum } from '../src/engine/formulas.js';
import { layerNorm, rmsNorm } from '../src/engine/norms.js';
import { plus } from '../src/engine/products.js';
import { traitsOf } from '../src/engine/traits.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { byOperations } from './support/by-operations.js';
import { expectClose } from './support/close.js';
import { measured, predicted } from './support/peaks.js';
import { smallModels } from './support/small-models.js';

type Matrix = number[][];
interface Case {
  inputs: Record<string, Matrix | number[]>;
  value: Matrix;
  gradients: Record<string, Matrix | number[]>;
}
const { epsilon, dy, cases } = JSON.parse(
  readFileSync(new URL('vectors/engine/formulas.json', import.meta.url), 'utf8'),
) as { epsilon: number; dy: Matrix; cases: Record<string, Case> };

const matrix = (tensor: Tensor | undefined) => tensor as Tensor2D;
const row = (tensor: Tensor | undefined) => tensor as Tensor1D;
const functions: Record<string, (inputs: Record<string, Tensor>) => Tensor> = {
  gelu: ({ x }) => gelu(matrix(x)),
  geluTanh: ({ x }) => geluTanh(matrix(x)),
  geluTanhGated: ({ gate, up }) => geluTanhGated(matrix(gate), matrix(up)),
  siluGated: ({ gate, up }) => siluGated(matrix(gate), matrix(up)),
  layerNorm: ({ x, gain, bias }) => layerNorm(matrix(x), row(gain), row(bias), epsilon),
  rmsNorm: ({ x, gain }) => rmsNorm(matrix(x), row(gain), epsilon),
};

const times = 150;
const isMatrix = (values: Matrix | number[]): values is Matrix => Array.isArray(values[0]);
const repeated = (rows: Matrix): Matrix => Array.from({ length: times }, () => rows).flat();
const operand = (values: Matrix | number[]): Tensor =>
  isMatrix(values) ? tf.tensor2d(repeated(values)) : tf.tensor1d(values);
const valuesOf = (tensor: Tensor) => tensor.dataSync() as Float32Array;

it('have a vector each', () => expect(Object.keys(cases)).toEqual(Object.keys(functions)));

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { ...engineOptions, threads: 2 });
  });

  it('have kernels of their own where the traits say so', () => {
    const found = formulaKernels.filter((kernel) => tf.getKernel(kernel.name, engine.name) !== undefined);
    const { computesFormulas } = traitsOf(name, engine.capabilities);
    expect(found).toEqual(computesFormulas === 'atOnce' ? formulaKernels : []);
  });

  it.each(Object.entries(cases))('%s, its value and gradients', (of, { inputs, value, gradients }) => {
    const operands = Object.fromEntries(Object.entries(inputs).map(([key, values]) => [key, operand(values)]));
    const weights = operand(dy);
    const result = differentiate(new Map(Object.entries(operands)), () => {
      const computed = functions[of]!(operands);
      expectClose(valuesOf(computed), repeated(value), engine.tolerance, 'the value');
      return tf.sum(tf.mul(computed, weights));
    });
    for (const [key, expected] of Object.entries(gradients)) {
      // A gain or bias has the sum over all rows.
      const whole = isMatrix(expected) ? repeated(expected) : expected.map((each) => each * times);
      expectClose(valuesOf(result.gradients.get(key)!), whole, engine.tolerance, `the gradient of ${key}`);
    }
    disposeGradients(result.gradients);
    result.value.dispose();
    tf.dispose([weights, ...Object.values(operands)]);
  });

  it('adds a bias to a product that nothing else reads', () => {
    const product = tf.tensor2d(repeated([[1, 2, 3]]));
    const sum = plus(product, tf.tensor1d([10, -2, 0.5]));
    expectClose(valuesOf(sum), repeated([[11, 0, 3.5]]), engine.tolerance, 'the sum');
    expect(product.isDisposed).toBe(true);
    sum.dispose();
  });

  it('steps by Adam, also where a number has not moved yet', () => {
    const numbers = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, correction: 0.7 };
    const [g, m, v] = [
      [0, 0.5, -2, 1e-6],
      [0, -1, 0.25, 0],
      [0, 4, 1, 0],
    ] as const;
    const operandOf = (values: readonly number[]) => tf.tensor2d(repeated([[...values]]));
    const before = { gradient: operandOf(g), m: operandOf(m), v: operandOf(v) };
    const after = adamOf(before, numbers);
    const nextM = g.map((each, at) => 0.9 * m[at]! + 0.1 * each);
    const nextV = g.map((each, at) => 0.99 * v[at]! + 0.01 * each ** 2);
    const direction = nextM.map((each, at) => (0.7 * each) / (Math.sqrt(nextV[at]!) + 1e-3));
    for (const [at, expected] of [direction, nextM, nextV].entries()) {
      expectClose(valuesOf(after[at]!), repeated([expected]), engine.tolerance, ['direction', 'm', 'v'][at]!);
    }
    tf.dispose([...Object.values(before), ...after]);
  });

  it('adds a multiple of a tensor to another', () => {
    const [x, y] = [tf.tensor2d(repeated([[1, -2, 3]])), tf.tensor2d(repeated([[10, 4, -0.5]]))];
    const sum = scaledAdded(x, y, -0.25);
    expectClose(valuesOf(sum), repeated([[-1.5, -3, 3.125]]), engine.tolerance, 'the sum');
    expect([...valuesOf(x)].slice(0, 3)).toEqual([1, -2, 3]);
    tf.dispose([x, y, sum]);
  });

  it('sums the squares of tensors of any sizes, and tells where one is not finite', () => {
    // Longer than the parts that are summed by themselves, and no multiple of what an instruction takes.
    const sizes = [1, 7, 70_001, 131_072];
    const values = sizes.map((size, of) => Float32Array.from({ length: size }, (_, at) => Math.sin(at + of)));
    const expected = values.flatMap((each) => [...each]).reduce((sum, value) => sum + value ** 2, 0);
    const tensors = values.map((each) => tf.tensor1d(each));
    const sum = squaredSum(tensors);
    expect(sum.shape).toEqual([]);
    // An engine that sums them one after another loses digits.
    expectClose(valuesOf(sum), [expected], 3e-5, 'the sum');
    const broken = [Number.POSITIVE_INFINITY, Number.NaN].map((value) => tf.tensor1d([1, value, 2]));
    const sums = broken.map((each) => squaredSum([...tensors, each]));
    expect(sums.map((each) => valuesOf(each)[0])).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
    tf.dispose([sum, ...tensors, ...broken, ...sums]);
  });

  it.each([
    { of: 'gelu', function: gelu },
    { of: 'geluTanh', function: geluTanh },
  ])('$of far from nought, and of no number', ({ function: activation }) => {
    const x = tf.tensor2d([[-1e4, -60, 60, 1e4, Number.NaN]]);
    // Each by itself: some processors divide by a reciprocal that is an ulp away.
    const expectEach = (actual: Tensor, expected: number[], what: string) => {
      const values = [...valuesOf(actual)];
      expect(values.at(-1), what).toBeNaN();
      for (const [at, value] of expected.entries()) expectClose(values[at]!, value, engine.tolerance, what, 1);
    };
    const result = differentiate(new Map([['x', x]]), () => {
      const y = activation(x);
      expectEach(y, [0, 0, 60, 1e4], 'a value');
      return tf.sum(y);
    });
    expectEach(result.gradients.get('x')!, [0, 0, 1, 1], 'a slope');
    disposeGradients(result.gradients);
    result.value.dispose();
    x.dispose();
  });
});

describe.each(addedEngines)('on an accelerator of %s', (name) => {
  const task = { batchSize: 4, sequence: 32, targets: ['query', 'value'] };
  const modelsWith = smallModels.filter(({ model }) => ['gpt2', 'llama', 'gemma', 'bert'].includes(model.architecture));

  it.each(modelsWith.map(({ model, ...rest }) => [model.architecture, { ...task, ...rest, model }] as const))(
    'a training of %s holds what is predicted for one, by operations',
    async (_, setting) => {
      const engine = await openEngine(name, engineOptions);
      const giveBack = byOperations(name);
      try {
        for (const method of ['lora', 'ln-tuning'].map(findMethod)) {
          for (const computeDtype of ['float32', 'bfloat16'] as const) {
            const { peak } = await measured(engine, method, { ...setting, computeDtype });
            const { total } = predicted(method, { ...setting, computeDtype, engine: name, accelerator: true });
            expect(Math.abs(total / peak.total - 1), `${method.name} in ${computeDtype}`).toBeLessThan(0.01);
          }
        }
      } finally {
        giveBack();
      }
    },
  );
});
