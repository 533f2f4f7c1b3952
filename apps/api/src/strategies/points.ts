/** @file Points of the product of a method's axes, counted through the methods one after another. */
import { pointAt, productSize } from './product.js';
import type { Point, SearchMethod, SearchSpace } from './strategy.js';

const lengths = ({ axes }: SearchMethod) => axes.map(({ values }) => values.length);

/** Number of configurations of all methods; exact however large. */
export function gridSize({ methods }: Pick<SearchSpace, 'methods'>): bigint {
  return methods.reduce((sum, method) => sum + productSize(lengths(method)), 0n);
}

/**
 * The configuration at `index` of all methods, the last axis moving fastest.
 * @throws RangeError beyond `gridSize`
 */
export function gridPoint({ methods }: Pick<SearchSpace, 'methods'>, index: bigint): Point {
  let rest = index;
  for (const [method, axes] of methods.entries()) {
    const size = productSize(lengths(axes));
    if (rest < size) {
      const positions = pointAt(rest, lengths(axes));
      return { method, values: axes.axes.map(({ values }, axis) => values[positions[axis]!]) };
    }
    rest -= size;
  }
  throw new RangeError(`the grid has ${index - rest} configurations, and ${index} was asked for`);
}
