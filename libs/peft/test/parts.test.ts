/** @file What is peculiar to one part, beyond what the conformance suites ask of all. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { defineMethod } from '../src/method.js';
import { lora } from '../src/methods/lora.js';
import { pissa } from '../src/methods/pissa.js';
import { scaleByAdam } from '../src/parts/gradient/adam.js';
import { projected } from '../src/parts/gradient/projected.js';
import { every } from '../src/parts/gradient/refresh.js';
import { keptSubspace } from '../src/parts/gradient/subspace.js';
import { chain, everyParameter } from '../src/parts/gradient/transform.js';
import { withBaseMagnitudes } from '../src/parts/init/output-magnitude.js';
import { outputMagnitude } from '../src/parts/weight/output-magnitude.js';
import { findMethod, findOptimizer, methodNames } from '../src/registry.js';
import { leadingBasis, truncatedSvd } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { UnknownNameError } from '../src/unknown-name.js';
import { expectClose } from './support/close.js';
import { initialized, OneLayer, products, valuesOf } from './support/one-layer.js';
import { readVector } from './support/vectors.js';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('registry', () => {
  it('names the unknown and lists the known', () => {
    expect(() => findMethod('lorra')).toThrow(UnknownNameError);
    expect(() => findMethod('lorra')).toThrow(
      `Unknown method 'lorra' (did you mean lora?): use one of ${methodNames.join(', ')}`,
    );
    expect(() => findOptimizer('adam')).toThrow(
      "Unknown optimizer 'adam' (did you mean adamw or badam?): use one of adamw, sgd, sgdm, galore",
    );
  });
});

describe('linear algebra', () => {
  const matrix = (rows: number, columns: number) => {
    const random = createRandom(9);
    return new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal())));
  };

  it.each([
    [4, 7],
    [7, 4],
    [5, 5],
  ])('truncated SVD of %i×%i leaves exactly the tail of the spectrum', (rows, columns) => {
    const full = matrix(rows, columns);
    const { values: spectrum } = truncatedSvd(full, Math.min(rows, columns));
    for (let rank = 1; rank <= spectrum.length; rank += 1) {
      const { left, values, right } = truncatedSvd(full, rank);
      const rest = Matrix.sub(full, left.mmul(Matrix.diag(values)).mmul(right.transpose()));
      // Eckart-Young: ‖M − M_r‖² = Σ_{i>r} σ_i²
      const tail = spectrum.slice(rank).reduce((sum, value) => sum + value ** 2, 0);
      expect(rest.norm('frobenius') ** 2).toBeCloseTo(tail, 10);
    }
  });

  it('leading basis spans what the left singular vectors span, signs included', () => {
    const full = matrix(4, 9);
    expectClose(leadingBasis(full, 3).to1DArray(), truncatedSvd(full, 3).left.to1DArray(), 1e-9, 'basis');
  });

  it('refuses a rank that is not one of the matrix', () => {
    expect(() => truncatedSvd(matrix(3, 5), 4)).toThrow('Rank of a 3×5 matrix must be an integer from 1 to 3, got 4');
    expect(() => leadingBasis(matrix(3, 5), 0)).toThrow(RangeError);
  });
});

describe('first values', () => {
  it('draw A uniformly on ±1/√in', () => {
    const [testCase] = readVector('methods', 'lora').cases;
    const layer = { in: 100, out: 3, bias: true };
    const kernel = Array.from({ length: layer.in }, () => new Array<number>(layer.out).fill(0));
    const wide = { ...testCase!, layer, base: { kernel, bias: [0, 0, 0] }, config: { rank: 200 } };
    const { values } = initialized(lora, wide, 1).tensors.lora_A!;
    const bound = 1 / Math.sqrt(layer.in);
    expect(Math.max(...values)).toBeLessThanOrEqual(bound);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-bound);
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    // Variance of a uniform: bound² / 3. Its estimate from 20,000 draws deviates by 0.6 %: five deviations allowed.
    expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(0.03);
  });
});

describe('crosses', () => {
  it('gives magnitudes to PiSSA in two words, and starts at the base', () => {
    const cross = defineMethod({
      ...pissa,
      name: 'pissa-with-magnitudes',
      weight: outputMagnitude(pissa.weight!),
      init: withBaseMagnitudes(pissa.init!),
    });
    const [testCase] = readVector('methods', 'pissa').cases;
    const first = initialized(cross, testCase!, 1);
    const layer = new OneLayer(cross, testCase!, valuesOf(first.tensors), first.kernel);
    expectClose(layer.merged().kernel.dataSync() as Float32Array, testCase!.base.kernel, 1e-5, 'kernel at start');
    layer.dispose();
  });
});

describe('gradient parts', () => {
  const info = { path: 'w', shape: [4, 6], role: 'kernel', decays: true };
  const adam = scaleByAdam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });

  it('refuses two links of a chain with one state name', () => {
    expect(() => everyParameter(chain(adam, adam)).init([info], createRandom(0))).toThrow(
      "Two links of a chain both name a state tensor 'm' of 'w': rename one",
    );
  });

  it('names the parameter that has no gradient', async () => {
    const part = everyParameter(adam);
    const input = { gradients: new Map(), parameters: new Map([['w', tf.zeros([4, 6])]]), info: [info] };
    const state = part.init([info], createRandom(0));
    await expect(
      part.update({ ...input, state, step: 3, learningRate: 1, random: createRandom(0), products }),
    ).rejects.toThrow("No gradient for parameter 'w' at optimizer step 3");
  });

  it('updates inside the subspace, which stays between refreshes and survives a gradient that is not finite', async () => {
    const low = projected(adam, { subspace: keptSubspace({ rank: 2, refresh: every(2) }) });
    const part = everyParameter(low);
    let state = part.init([info], createRandom(0));
    const random = createRandom(4);
    const step = async (number: number, gradient: Tensor2D) => {
      const result = await part.update({
        gradients: new Map([['w', gradient]]),
        parameters: new Map([['w', tf.zeros([4, 6])]]),
        info: [info],
        state,
        step: number,
        learningRate: 1,
        random: createRandom(0),
        products,
      });
      state = result.state;
      return result.updates.get('w') as Tensor2D;
    };
    const draw = () =>
      tf.tensor2d(
        Array.from({ length: 24 }, () => random.normal()),
        [4, 6],
      );
    const basis = () => state['w/basis_in']!.dataSync().slice();

    const update = await step(1, draw());
    const p = state['w/basis_in'] as Tensor2D;
    const gram = tf.matMul(p, p, true).dataSync() as Float32Array;
    expectClose(gram, [1, 0, 0, 1], 1e-5, 'PᵀP');
    const inside = tf.matMul(p, tf.matMul(p, update, true)).dataSync() as Float32Array;
    expectClose(inside, update.dataSync() as Float32Array, 1e-5, 'P·Pᵀ·ΔW');
    const rankOf = (matrix: Tensor2D) => {
      const m = Matrix.from1DArray(4, 6, matrix.dataSync());
      const { realEigenvalues } = new EigenvalueDecomposition(m.mmul(m.transpose()), { assumeSymmetric: true });
      return realEigenvalues.filter((value) => value > 1e-8).length;
    };
    expect(rankOf(update)).toBe(2);

    const first = basis();
    await step(2, draw());
    expect(basis()).toEqual(first);
    await step(3, draw());
    const third = basis();
    expect(third).not.toEqual(first);
    await step(5, tf.fill([4, 6], Number.NaN));
    expect(basis()).toEqual(third);
  });
});
