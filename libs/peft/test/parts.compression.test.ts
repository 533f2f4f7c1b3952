/** @file Laws of compressed kernels: what is least, what is exact, and what every rule of ranks gives. */
import { CholeskyDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { RowMoments } from '../src/method.js';
import { pruned, rounded } from '../src/parts/compression/compressors.js';
import { factorize } from '../src/parts/compression/factors.js';
import { notKept } from '../src/parts/compression/kept.js';
import {
  covariance,
  identity,
  type Metric,
  magnitudes,
  secondMoment,
  weighed,
} from '../src/parts/compression/metric.js';
import {
  energyRank,
  normalizedRanks,
  ratioRank,
  savingRank,
  sensitiveRanks,
  thresholdRank,
} from '../src/parts/compression/ranks.js';
import { singularValues } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { expectClose } from './support/close.js';

function normals(seed: number | string, rows: number, columns: number): Matrix {
  const random = createRandom(seed);
  return new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal())));
}

/** Rows whose channels differ in size and in mean. */
function inputs(seed: number, rows: number, width: number): Matrix {
  const mixed = normals(`inputs ${seed}`, rows, width).mmul(normals(`mixing ${seed}`, width, width));
  const sizes = Array.from({ length: width }, (_, channel) => 2 ** -channel);
  return mixed.mulRowVector(sizes).addRowVector(normals(`mean ${seed}`, 1, width).mul(0.5).getRow(0));
}

function momentsOf(rows: Matrix): RowMoments {
  const centred = rows.clone().center('column');
  return {
    rows: rows.rows,
    mean: Float64Array.from(rows.mean('column')),
    absoluteMean: Float64Array.from(Matrix.abs(rows).mean('column')),
    scatter: centred.transpose().mmul(centred),
  };
}

const error = (kernel: Matrix, rank: number, of: Metric, seenBy: Metric = of) => {
  const { a, b } = factorize(kernel, rank, of);
  return weighed(Matrix.sub(kernel, a.mmul(b)), seenBy);
};
const shapes = [
  [6, 9],
  [9, 6],
  [7, 7],
] as const;

describe.each(shapes)('factors of a %i×%i kernel', (rows, columns) => {
  const kernel = normals(`kernel ${rows} ${columns}`, rows, columns);
  const moments = momentsOf(inputs(1, 50, rows));
  const metrics = {
    identity,
    diagonal: magnitudes(moments, 0.5),
    'second moment': secondMoment(moments),
    covariance: covariance(moments),
  };
  const full = Math.min(rows, columns);
  const ranks = Array.from({ length: full }, (_, index) => index + 1);

  it.each(Object.entries(metrics))('are the best under the %s: none of another metric is better', (_, metric) => {
    for (const rank of ranks) {
      const own = error(kernel, rank, metric);
      for (const other of Object.values(metrics))
        expect(own).toBeLessThanOrEqual(error(kernel, rank, other, metric) + 1e-12);
    }
  });

  it.each(Object.entries(metrics))(
    'leave under the %s the tail of the spectrum, none at the full rank',
    (_, metric) => {
      // Another root than the one the factors come from: Cholesky's.
      const root =
        metric.kind === 'full'
          ? new CholeskyDecomposition(metric.h).lowerTriangularMatrix.transpose()
          : Matrix.diag(metric.kind === 'diagonal' ? Array.from(metric.roots) : Array(rows).fill(1));
      const spectrum = new SingularValueDecomposition(root.mmul(kernel), { autoTranspose: true }).diagonal;
      for (const rank of ranks) {
        const tail = spectrum.slice(rank).reduce((sum, value) => sum + value ** 2, 0);
        expect(error(kernel, rank, metric)).toBeCloseTo(tail, 9);
      }
      const { a, b } = factorize(kernel, full, metric);
      expectClose(a.mmul(b).to1DArray(), kernel.to1DArray(), 1e-9, 'product at the full rank');
    },
  );

  it('are those of the plain SVD where all directions count alike, whatever the scale', () => {
    for (const scale of [1e-6, 1, 1e6]) {
      const { a, b } = factorize(kernel, 3, { kind: 'full', h: Matrix.eye(rows).mul(scale) });
      const plain = factorize(kernel, 3, identity);
      expectClose(a.to1DArray(), plain.a.to1DArray(), 1e-7, 'a');
      expectClose(b.to1DArray(), plain.b.to1DArray(), 1e-7, 'b');
    }
  });

  it('are balanced, component by component', () => {
    for (const metric of Object.values(metrics)) {
      const { a, b } = factorize(kernel, full, metric);
      for (const k of ranks) {
        const lengths = [a.getColumnVector(k - 1), b.getRowVector(k - 1)].map((vector) => vector.norm('frobenius'));
        expect(lengths[0]).toBeCloseTo(lengths[1]!, 9);
      }
    }
  });

  it.each([0, 1, 3])('are finite under a metric of rank %i, and exact at the full rank', (seen) => {
    const few = inputs(2, seen, rows);
    const h = seen === 0 ? Matrix.zeros(rows, rows) : few.transpose().mmul(few).div(seen);
    for (const rank of ranks) {
      const { a, b } = factorize(kernel, rank, { kind: 'full', h });
      const product = a.mmul(b);
      expect(product.to1DArray().every(Number.isFinite)).toBe(true);
      if (rank >= seen) expect(weighed(Matrix.sub(kernel, product), { kind: 'full', h })).toBeLessThan(1e-9);
      if (rank === full) expectClose(product.to1DArray(), kernel.to1DArray(), 1e-7, 'product');
    }
  });
});

it('factors of a kernel of zeros are zeros and ones', () => {
  const { a, b } = factorize(Matrix.zeros(4, 3), 2, secondMoment(momentsOf(inputs(3, 20, 4))));
  expect(a.to1DArray().every((value) => value === 0)).toBe(true);
  expect(b.to1DArray().every(Number.isFinite)).toBe(true);
});

describe('over ten seeds, with inputs of unequal channels', () => {
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  const setting = (seed: number) => {
    const moments = momentsOf(inputs(seed, 200, 12));
    return { kernel: normals(seed, 12, 16), moments, outputs: secondMoment(moments) };
  };

  it('SVD-LLM loses less of the outputs than ASVD, and ASVD less than plain SVD', () => {
    for (const seed of seeds) {
      const { kernel, moments, outputs } = setting(seed);
      const [whitened, scaled, plain] = [outputs, magnitudes(moments, 0.5), identity].map((metric) =>
        error(kernel, 4, metric, outputs),
      );
      expect(whitened! / scaled!, `SVD-LLM over ASVD, seed ${seed}`).toBeLessThan(0.8);
      expect(scaled! / plain!, `ASVD over SVD, seed ${seed}`).toBeLessThan(0.8);
    }
  });

  it.each([
    ['pruning', (kernel: Matrix) => pruned(kernel, 0.5)],
    ['rounding', (kernel: Matrix) => rounded(kernel, 3)],
  ])('EoRA repairs more of the outputs after %s than plain SVD of the error', (_, compress) => {
    for (const seed of seeds) {
      const { kernel, outputs } = setting(seed);
      const lost = Matrix.sub(kernel, compress(kernel));
      const [repaired, plain] = [outputs, identity].map((metric) => error(lost, 4, metric, outputs));
      expect(repaired! / plain!, `seed ${seed}`).toBeLessThan(0.7);
      expect(repaired! / weighed(lost, outputs), `of what was lost, seed ${seed}`).toBeLessThan(0.5);
    }
  });

  it('AFM keeps the mean output, leaves the tail of its covariance, and beats plain SVD with the best bias', () => {
    for (const seed of seeds) {
      const rows = inputs(seed, 200, 12);
      const { kernel, moments } = setting(seed);
      const errorOf = (metric: Metric) => {
        const { a, b } = factorize(kernel, 4, metric);
        const missed = Matrix.sub(kernel, a.mmul(b));
        const shift = Matrix.rowVector(Array.from(moments.mean)).mmul(missed);
        const left = rows.mmul(missed).subRowVector(shift);
        expect(Math.max(...left.mean('column').map(Math.abs)), 'error of the mean output').toBeLessThan(1e-12);
        return left.norm('frobenius') ** 2 / rows.rows;
      };
      const outputs = rows.mmul(kernel).center('column');
      const variances = singularValues(outputs).map((value) => value ** 2 / rows.rows);
      const own = errorOf(covariance(moments));
      expect(own).toBeCloseTo(
        variances.slice(4).reduce((sum, value) => sum + value, 0),
        9,
      );
      expect(own / errorOf(identity), `AFM over SVD, seed ${seed}`).toBeLessThan(0.7);
    }
  });
});

describe('ranks', () => {
  it('are the largest that a ratio allows', () => {
    for (const [inputs, out] of shapes) {
      for (const ratio of [0.2, 0.5, 0.9]) {
        const rank = ratioRank({ in: inputs, out }, ratio);
        expect(rank * (inputs + out)).toBeLessThanOrEqual(ratio * inputs * out);
        expect((rank + 1) * (inputs + out)).toBeGreaterThan(ratio * inputs * out);
      }
      const saving = savingRank({ in: inputs, out });
      expect(saving * (inputs + out)).toBeLessThan(inputs * out);
      expect((saving + 1) * (inputs + out)).toBeGreaterThanOrEqual(inputs * out);
    }
  });

  it('follow from energy and from a threshold', () => {
    // Squares 16, 9, 4, 1 of 30.
    const values = [4, 3, 2, 1];
    expect([0.5, 0.54, 0.83, 0.84, 0.97, 1].map((share) => energyRank(values, share))).toEqual([1, 2, 2, 3, 4, 4]);
    expect([5, 4, 2.5, 0].map((threshold) => thresholdRank(values, threshold))).toEqual([0, 1, 2, 4]);
  });

  it('accept the least harmful truncations until the share is met', () => {
    const square = { in: 8, out: 8 };
    const layers = [
      {
        shape: square,
        losses: new Map([
          [3, 2.2],
          [2, 2.4],
          [1, 2.1],
        ]),
      },
      {
        shape: square,
        losses: new Map([
          [3, 2.0],
          [2, 2.05],
          [1, 2.6],
        ]),
      },
    ];
    // Of 128: whole; then 64 + 48, 64 + 32, 16 + 32 (a lower rank that harms less than a higher one), and rank 1 of both.
    const shares = [1, 0.9, 0.875, 0.8, 0.75, 0.5, 0.375, 0.3, 0.25, 0.1];
    expect(shares.map((share) => sensitiveRanks(layers, share))).toEqual([
      [0, 0],
      [0, 3],
      [0, 3],
      [0, 2],
      [0, 2],
      [1, 2],
      [1, 2],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('follow a normalized threshold whatever the scale, and agree where spectra do', () => {
    const kernels = [0.4, 0.7, 0.95].map((decay) => Array.from({ length: 20 }, (_, index) => 3 * decay ** index));
    const dropped = (ranks: number[]) => ranks.reduce((sum, rank) => sum + 1 - rank / 20, 0) / ranks.length;
    let before = Array(3).fill(20) as number[];
    for (const reduction of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const ranks = normalizedRanks(kernels, reduction);
      expect(dropped(ranks)).toBeGreaterThanOrEqual(reduction - 1e-12);
      // One value of one kernel less is a sixtieth.
      expect(dropped(ranks)).toBeLessThan(reduction + 1 / 60);
      ranks.forEach((rank, index) => {
        expect(rank).toBeLessThanOrEqual(before[index]!);
      });
      const larger = kernels.map((values) => values.map((value) => 1000 * value));
      expect(normalizedRanks(larger, reduction)).toEqual(ranks);
      const [one, other] = normalizedRanks([kernels[1]!, kernels[1]!, kernels[0]!], reduction);
      expect(one).toBe(other);
      before = ranks;
    }
  });
});

describe('a layer that cannot be factorized as it is asked', () => {
  const layer = { in: 64, out: 64, bias: true };
  it.each([
    [{ ratio: 0.01, allowGrowth: false }, 'ratio: 0.01 leaves a 64×64 kernel no rank; one takes 0.032'],
    [{ ratio: 0.5, rank: 64, allowGrowth: true }, 'rank: 64 is not below 64, the smaller side of a 64×64 kernel'],
    [
      { ratio: 0.5, rank: 32, allowGrowth: false },
      'rank: two factors of rank 32 have 4096 parameters, a 64×64 kernel 4096; use 31 or less, or allowGrowth',
    ],
  ])('with %j says why', (config, message) => expect(notKept(layer, config)).toBe(message));

  it('is none with a rank that saves, or that may grow', () => {
    expect(notKept(layer, { ratio: 0.5, rank: 31, allowGrowth: false })).toBeUndefined();
    expect(notKept(layer, { ratio: 0.5, rank: 63, allowGrowth: true })).toBeUndefined();
    expect(notKept(layer, { ratio: 0.032, allowGrowth: false })).toBeUndefined();
  });
});

describe('compressors', () => {
  it('prune the smallest entries, of equal ones the first', () => {
    const kernel = new Matrix([
      [1, -4],
      [-1, 2],
    ]);
    expect(pruned(kernel, 0.25).to1DArray()).toEqual([0, -4, -1, 2]);
    expect(pruned(kernel, 0.5).to1DArray()).toEqual([0, -4, 0, 2]);
  });

  it('round to integers times the largest entry of each output', () => {
    const kernel = new Matrix([
      [3, 0],
      [-1.4, 0],
      [0.4, 0],
    ]);
    expect(rounded(kernel, 3).to1DArray()).toEqual([3, 0, -1, 0, 0, 0]);
  });
});
