/** @file What a warm base keeps for the next trial: kernels and their decompositions, once each, bounded, never changed. */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { LoadedBase } from '../src/models/base.js';
import { linearLayers } from '../src/models/config.js';
import { DerivedValues } from '../src/models/derived.js';
import { findMethod, methods } from '../src/registry.js';
import { lastingMatrix, principalComponents, singularValues, truncatedSvd } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { inject } from '../src/training/inject.js';
import { headOf } from '../src/training/loss.js';
import { dataFor, targets, tinyBase } from './support/tiny-model.js';

const decomposed = vi.hoisted(() => ({ count: 0 }));
vi.mock('ml-matrix', async (original) => {
  const module = await original<typeof import('ml-matrix')>();
  class Counted extends module.SingularValueDecomposition {
    constructor(...values: ConstructorParameters<typeof module.SingularValueDecomposition>) {
      super(...values);
      decomposed.count++;
    }
  }
  return { ...module, SingularValueDecomposition: Counted };
});

describe('derived values', () => {
  it('are computed once, and again when others have taken their room', () => {
    const values = new DerivedValues(100);
    const make = vi.fn(() => ({}));
    const first = values.make('a', 60, make);
    expect(values.make('a', 60, make)).toBe(first);
    expect(make).toHaveBeenCalledTimes(1);
    values.make('b', 60, () => ({}));
    expect(values.get('a')).toBeUndefined();
    expect(values.make('a', 60, make)).not.toBe(first);
  });

  it('are not kept, and displace nothing, where they are larger than the whole store', () => {
    const values = new DerivedValues(100);
    const small = values.make('small', 40, () => ({}));
    values.make('large', 101, () => ({}));
    expect(values.get('large')).toBeUndefined();
    expect(values.get('small')).toBe(small);
  });
});

describe('a lasting matrix', () => {
  const entries = () =>
    Matrix.from1DArray(
      6,
      4,
      Array.from({ length: 24 }, (_, index) => Math.sin(index * index)),
    );

  it('is decomposed once, with what a passing one gives, to the bit', () => {
    const kept = lastingMatrix(entries());
    const before = decomposed.count;
    for (const rank of [2, 3, 2]) expect(truncatedSvd(kept, rank)).toEqual(truncatedSvd(entries(), rank));
    // Three of the passing ones, one of the lasting one.
    expect(decomposed.count - before).toBe(4);
    expect(singularValues(kept)).toEqual(singularValues(entries()));
    const gram = () => entries().transpose().mmul(entries());
    const keptGram = lastingMatrix(gram());
    for (const count of [1, 4])
      expect(principalComponents(keptGram, count)).toEqual(principalComponents(gram(), count));
  });

  it('is not changed by who changes what was found of it', () => {
    const kept = lastingMatrix(entries());
    const { left, values, right } = truncatedSvd(kept, 2);
    for (const matrix of [left, right]) matrix.mul(0);
    values.fill(0);
    singularValues(kept).fill(0);
    expect(truncatedSvd(kept, 2)).toEqual(truncatedSvd(entries(), 2));
    expect(singularValues(kept)).toEqual(new SingularValueDecomposition(entries()).diagonal);
  });
});

describe('the trials of a sweep', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  /** First values on the host by way of the device, and how many decompositions they took. */
  function first(base: LoadedBase, method: (typeof methods)[number], seed: number) {
    const before = decomposed.count;
    const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
    const trial = inject({ base, method, config, targets, random: createRandom(seed), ...headOf(dataFor(method)) });
    const access = trial.access();
    const left = method.weight?.replacesKernel ? [] : trial.layers;
    const kernels = left.map(({ path }) => [path, access.tensor(`${path}.kernel`)] as const);
    const values = new Map(
      [...trial.trained(), ...trial.frozen(), ...kernels].map(([path, t]) => [path, t.dataSync()]),
    );
    trial.dispose();
    return { values, count: decomposed.count - before };
  }

  const withoutData = methods.filter(({ init, calibration }) => init && !calibration);
  it.each(withoutData.map((method) => ({ name: method.name, method })))(
    'with $name decompose no kernel twice, and start with the same bits on a cold base',
    ({ method }) => {
      const warm = tinyBase();
      const one = first(warm, method, 1);
      expect(first(warm, method, 1)).toEqual({ values: one.values, count: 0 });
      const other = first(warm, method, 2);
      expect(other.count).toBe(0);
      expect(other.values).toEqual(first(tinyBase(), method, 2).values);
    },
  );

  it('decompose each targeted kernel the first time', () => {
    expect(first(tinyBase(), findMethod('pissa'), 1).count).toBe(linearLayers(tinyBase().config).length);
  });

  it('leave the kernels as they are', () => {
    const base = tinyBase();
    const kernels = () => linearLayers(base.config).map(({ path }) => base.kernel(`${path}.kernel`).to1DArray());
    const before = kernels();
    for (const method of withoutData) first(base, method, 3);
    expect(kernels()).toEqual(before);
  });

  it('share one matrix of a kernel', () => {
    const base = tinyBase();
    const path = 'blocks.0.attention.query.kernel';
    expect(base.kernel(path)).toBe(base.kernel(path));
    expect(base.kernel(path).to1DArray()).toEqual(Array.from(base.host(path).values));
  });
});
