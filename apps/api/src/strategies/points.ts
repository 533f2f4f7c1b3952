/** @file Points: what they are made of, their identity, and those of the product of a method's axes, counted through the methods one after another. */
import canonicalize from 'canonicalize';
import { pointAt, productSize } from './product.js';
import type { Point, SearchAxis, SearchMethod, SearchSpace } from './strategy.js';

/** The point of a method with this value on each of its axes. */
export const pointOf = (
  method: number,
  axes: readonly SearchAxis[],
  valueOn: (axis: SearchAxis, index: number) => unknown,
): Point => ({ method, values: Object.fromEntries(axes.map((axis, index) => [axis.name, valueOn(axis, index)])) });

/** Identity of a point within a sweep. The database keeps the names of axes, and of the parts of a value, in an order of its own. */
export const identity = ({ method, values }: Point): string => canonicalize([method, values])!;

/** The position of a value on an axis, or -1; of one that is an object or a list, by what it says (RFC 8785). */
export function positionOn({ values }: Pick<SearchAxis, 'values'>, value: unknown): number {
  const position = values.indexOf(value);
  if (position >= 0 || typeof value !== 'object') return position;
  const said = canonicalize(value);
  return values.findIndex((each) => canonicalize(each) === said);
}

/** A point as it was stored: older versions stored its values in the order of the axes. */
export const storedPoint = (
  { method, values }: { method: number; values: Point['values'] | readonly unknown[] },
  { methods }: Pick<SearchSpace, 'methods'>,
): Point => (isList(values) ? pointOf(method, methods[method]!.axes, (_, index) => values[index]) : { method, values });

const isList = (values: Point['values'] | readonly unknown[]): values is readonly unknown[] => Array.isArray(values);

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
      return pointOf(method, axes.axes, ({ values }, axis) => values[positions[axis]!]);
    }
    rest -= size;
  }
  throw new RangeError(`the grid has ${index - rest} configurations, and ${index} was asked for`);
}
