/** @file Codes of 8 and 4 bits against what their definitions say of them, whatever is encoded. */
import { describe, expect, it } from 'vitest';
import {
  decodeBlocks,
  decodeGroups,
  dynamicMap,
  encodeBlocks,
  encodeGroups,
  roundGroups,
} from '../src/tensor/quantize.js';
import { createRandom } from '../src/tensor/random.js';

const random = createRandom('quantize');
const normals = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * random.normal());
const largestOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);

describe('the dynamic map', () => {
  it.each([
    [true, -0.99296875],
    [false, 0],
  ])('has 256 values (signed: %s), with 0 and 1', (signed, first) => {
    const map = dynamicMap(signed);
    expect(new Set(map).size).toBe(256);
    expect(map[0]).toBeCloseTo(first, 7);
    expect(map.at(-1)).toBe(1);
    expect(map).toContain(0);
    expect([...map].sort((a, b) => a - b)).toEqual([...map]);
  });
});

describe('blocks of 8 bits', () => {
  const cases = [
    { signed: true, bound: 0.00704 },
    { signed: false, bound: 0.00352 },
  ];
  it.each(cases)('are off by $bound of the largest of their block at most', ({ signed, bound }) => {
    const map = dynamicMap(signed);
    const values = normals(1000).map((value) => (signed ? value : value ** 2));
    const blocks = encodeBlocks(values, map, 64);
    expect(blocks.words.length).toBe(250);
    expect(blocks.scales.length).toBe(16);
    const decoded = decodeBlocks(blocks, map, 64, values.length);
    values.forEach((value, at) => {
      expect(Math.abs(decoded[at]! - value)).toBeLessThanOrEqual(bound * blocks.scales[Math.floor(at / 64)]!);
    });
  });

  it('keep zeros, and a positive largest, and change no more when done again', () => {
    const map = dynamicMap(false);
    const values = Float32Array.from([0, 1e-9, 0.3, 7.25, ...new Float32Array(8), 0.5, 0.25]);
    const once = decodeBlocks(encodeBlocks(values, map, 4), map, 4, values.length);
    expect(once[0]).toBe(0);
    expect(once[3]).toBe(7.25);
    expect([...once.subarray(4, 12)]).toEqual(new Array(8).fill(0));
    expect(decodeBlocks(encodeBlocks(once, map, 4), map, 4, values.length)).toEqual(once);
  });
});

describe('groups of 4 bits', () => {
  it.each([1e-3, 1, 1e3])('are off by half a step at most (size %d)', (scale) => {
    const values = normals(203, scale);
    const groups = encodeGroups(values, 16);
    expect(groups.words.length).toBe(26);
    const decoded = decodeGroups(groups, 16, values.length);
    values.forEach((value, at) => {
      // The zero is rounded, too: an end of the range may lie half a step outside.
      expect(Math.abs(decoded[at]! - value)).toBeLessThanOrEqual(1.0001 * groups.scales[Math.floor(at / 16)]!);
    });
    expect(largestOf(decoded)).toBeGreaterThan(0);
  });

  it('keep a group of zeros', () => {
    expect([...decodeGroups(encodeGroups(new Float32Array(9), 4), 4, 9)]).toEqual(new Array(9).fill(0));
  });
});

describe('groups rounded by chance', () => {
  const drawn = createRandom('rounding');
  const rounded = (values: Float32Array, bits = 8, group = 16) =>
    roundGroups(values, { bits, group, uniform: () => drawn.uniform() });

  it('have no more values than the code, at equal distances, and the ends they had', () => {
    const values = normals(512);
    const groups = rounded(values, 3, 256);
    for (const begin of [0, 256]) {
      const [before, after] = [values, groups].map((all) => [...all.subarray(begin, begin + 256)]) as [
        number[],
        number[],
      ];
      const steps = [...new Set(after)].sort((a, b) => a - b);
      expect(steps).toHaveLength(8);
      expect(steps[0]).toBe(Math.min(...before));
      expect(steps[7]).toBeCloseTo(Math.max(...before), 6);
      const distance = (steps[7]! - steps[0]!) / 7;
      steps.forEach((value, step) => {
        expect(value).toBeCloseTo(steps[0]! + step * distance, 5);
      });
      before.forEach((value, at) => {
        expect(Math.abs(after[at]! - value)).toBeLessThan(1.0001 * distance);
      });
    }
  });

  it('are in the mean what they were', () => {
    const values = Float32Array.from([-1, -0.3, 0.05, 0.31, 0.97, 2]);
    const [scale, times] = [3 / 15, 4000];
    const sums = new Float64Array(values.length);
    for (let time = 0; time < times; time++) {
      rounded(values, 4).forEach((value, at) => {
        sums[at]! += value / times;
      });
    }
    values.forEach((value, at) => {
      // Four standard deviations of a mean of numbers that are off by one step in half of the cases at most.
      expect(Math.abs(sums[at]! - value)).toBeLessThan((4 * 0.5 * scale) / Math.sqrt(times) + 1e-6);
    });
  });

  it('leave a group without a range, or with what is not finite, as it is', () => {
    const values = Float32Array.from([2, 2, 2, 1, Number.NaN, 3, 0, 1, 2]);
    expect([...rounded(values, 8, 3)].slice(0, 6)).toEqual([2, 2, 2, 1, Number.NaN, 3]);
  });
});
