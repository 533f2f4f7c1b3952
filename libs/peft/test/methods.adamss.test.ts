/** @file First values of AdaMSS: groups of outputs, and the directions that each group uses. */
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { LayerShape } from '../src/method.js';
import { matrixOf } from '../src/parts/init/host.js';
import { kMeans } from '../src/parts/init/k-means.js';
import { findMethod } from '../src/registry.js';
import { truncatedSvd } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { expectClose } from './support/close.js';

const method = findMethod('adamss');
const shape: LayerShape = { in: 6, out: 9, bias: true };

/** Outputs 0, 3, 6 are nearly one direction of the inputs, 1, 4, 7 another, 2, 5, 8 a third. */
function first(given: object, layer = shape) {
  const draw = createRandom('adamss');
  const directions = Matrix.zeros(3, layer.in + 1).apply(function (this: Matrix, row, column) {
    this.set(row, column, draw.normal());
  });
  const whole = Matrix.zeros(layer.in + 1, layer.out).apply(function (this: Matrix, row, column) {
    this.set(row, column, directions.get(column % 3, row) + 0.01 * draw.normal());
  });
  const { tensors } = method.init!.layer({
    shape: layer,
    kernel: whole.subMatrix(0, layer.in - 1, 0, layer.out - 1),
    bias: Float32Array.from(whole.getRow(layer.in)),
    config: method.config.parse(given),
    random: createRandom(2),
    layers: [layer],
    index: 0,
  });
  return { tensors, whole };
}

describe('groups', () => {
  it('hold points that lie together', () => {
    const points = new Matrix([
      [0, 0],
      [9, 9],
      [0.1, 0],
      [9, 8.9],
      [0, 0.2],
      [-9, 9],
    ]);
    const groups = kMeans(points, 3, { most: 10, random: createRandom(1) });
    expect(new Set(groups).size).toBe(3);
    expect([groups[2], groups[4]]).toEqual([groups[0], groups[0]]);
    expect(groups[3]).toBe(groups[1]);
  });

  it('begin anew where nobody is left: there are as many as there are different points', () => {
    // Two of the first means are the same point.
    const points = new Matrix([[0], [0], [0], [0], [0], [7]]);
    const groups = kMeans(points, 2, { most: 10, random: createRandom(3) });
    expect(groups.slice(0, 5)).toEqual(new Array(5).fill(groups[0]));
    expect(groups[5]).not.toBe(groups[0]);
  });
});

describe('AdaMSS', () => {
  it('puts outputs together that the kernel makes of the same directions', () => {
    const { values } = first({ rank: 3, subspaces: 3 }).tensors.adamss_groups!;
    for (const output of [0, 1, 2]) {
      expect([values[output + 3], values[output + 6]]).toEqual([values[output], values[output]]);
    }
    expect(new Set(values.slice(0, 3)).size).toBe(3);
  });

  it('reads leading directions of kernel and bias, and begins with those that each group uses most', () => {
    const { tensors, whole } = first({ rank: 3, subspaces: 3 });
    const { left, right } = truncatedSvd(whole, 3);
    const found = new Matrix([...matrixOf(tensors.adamss_V!).to2DArray(), [...tensors.adamss_shift!.values]]);
    expectClose(found.to2DArray(), left.to2DArray(), 1e-3, 'directions');
    const groups = tensors.adamss_groups!.values;
    const a = matrixOf(tensors.adamss_A!);
    for (const group of [0, 1, 2]) {
      const own = [...groups.keys()].filter((output) => groups[output] === group);
      const most = truncatedSvd(right.subMatrixRow(own), 1).right.getColumn(0);
      const along = a.getColumn(group).reduce((sum, value, row) => sum + value * most[row]!, 0);
      expect(Math.abs(along)).toBeCloseTo(1, 4);
    }
    expect(tensors.adamss_B!.values.every((value) => value === 0)).toBe(true);
  });

  it('has columns of zero where a group has fewer outputs than its rank', () => {
    const { tensors } = first({ rank: 4, subspaces: 9, subspaceRank: 2 });
    const a = matrixOf(tensors.adamss_A!);
    expect([a.rows, a.columns]).toEqual([4, 18]);
    // Every output is a group of its own.
    const lengths = Array.from({ length: 18 }, (_, column) => Math.hypot(...a.getColumn(column)));
    expectClose(
      lengths,
      Array.from({ length: 18 }, (_, column) => 1 - (column % 2)),
      1e-6,
      'lengths',
    );
  });

  it('refuses a rank of groups above the directions that are read', () => {
    const config = method.config.parse({ rank: 3, subspaceRank: 4 });
    expect(method.unfit!(shape, config, [shape])).toBe(
      'subspaceRank: 4 is above 3, the directions that are read of a 6×9 kernel',
    );
  });
});
