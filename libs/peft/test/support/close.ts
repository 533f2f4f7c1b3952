import { expect } from 'vitest';

/** Numbers in any nesting, or a typed array. */
export type Nested = number | readonly Nested[] | Float32Array | Float64Array;

export function flatten(values: Nested): number[] {
  if (typeof values === 'number') return [values];
  if (values instanceof Float32Array) return Array.from(values);
  return Array.from(values as readonly Nested[]).flatMap(flatten);
}

/** Largest difference, relative to the largest expected magnitude; an absolute one below `floor`. */
export function relativeError(actual: Nested, expected: Nested, floor = 1e-30): number {
  const [left, right] = [flatten(actual), flatten(expected)];
  if (left.length !== right.length) throw new Error(`Compared ${left.length} numbers with ${right.length}`);
  const scale = right.reduce((most, value) => Math.max(most, Math.abs(value)), floor);
  return left.reduce((most, value, index) => {
    const error = Math.abs(value - right[index]!) / scale;
    return Number.isFinite(error) ? Math.max(most, error) : Number.POSITIVE_INFINITY;
  }, 0);
}

/** The differences of all entries are within `tolerance` of the largest expected magnitude, or of `floor` where that is less. */
export function expectClose(actual: Nested, expected: Nested, tolerance: number, what: string, floor?: number): void {
  expect(relativeError(actual, expected, floor), `relative error of ${what}`).toBeLessThanOrEqual(tolerance);
}
