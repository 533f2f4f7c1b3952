import type { Draws } from '../../src/index.js';

/** Numbers that another implementation drew, in their order. */
export function recorded(values: readonly number[]): Draws & { left(): number } {
  let next = 0;
  const draws = () => {
    const value = values[next++];
    if (value === undefined) throw new RangeError(`only ${values.length} numbers were recorded`);
    return value;
  };
  return Object.assign(draws, { left: () => values.length - next });
}
