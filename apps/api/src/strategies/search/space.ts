/** @file The axes of a method as parameters of a search, and back. */
import { type Parameter, pointAt, type Point as SearchPoint, type Space } from '@rankforge/search';
import { identity, pointOf, positionOn } from '../points.js';
import type { Point, SearchAxis, SearchMethod } from '../strategy.js';

/** Parameters by the names of axes, in the order of the axes. */
export function spaceOf({ axes }: SearchMethod): Space {
  return Object.fromEntries(axes.map((axis) => [axis.name, parameterOf(axis)]));
}

/** A range is itself; numbers in rising order are searched by their position; any other list has no order. */
function parameterOf({ range, values }: SearchAxis): Parameter {
  if (range)
    return { kind: range.whole ? 'int' : 'float', low: range.min, high: range.max, log: range.scale === 'log' };
  const rising = values.every(
    (value, index) => typeof value === 'number' && (index === 0 || value > Number(values[index - 1])),
  );
  if (rising && values.length > 2) return { kind: 'int', low: 0, high: values.length - 1, log: false };
  return { kind: 'categorical', choices: values.length };
}

/** The configuration at a point that a sampler suggested. */
export function toConfiguration(index: number, { axes }: SearchMethod, point: SearchPoint): Point {
  return pointOf(index, axes, ({ name, range, values }) => (range ? round(point[name]!) : values[point[name]!]));
}

/** The point of a configuration, as a sampler is told it. */
export function toSearchPoint({ axes }: SearchMethod, { values }: Point): SearchPoint {
  return Object.fromEntries(
    axes.map((axis) => [axis.name, axis.range ? Number(values[axis.name]) : positionOn(axis, values[axis.name])]),
  );
}

/** Corners and the middle: enough to see each end of each range. */
export function cornersOf(index: number, method: SearchMethod): Point[] {
  const most = Math.max(...method.axes.map(({ values }) => values.length));
  const corners = Array.from({ length: most }, (_, position) =>
    pointOf(index, method.axes, ({ values }) => values[Math.min(position, values.length - 1)]),
  );
  const middle = pointAt(
    spaceOf(method),
    method.axes.map(() => 0.5),
  );
  return distinct([...corners, toConfiguration(index, method, middle)]);
}

export function distinct(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [identity(point), point])).values()];
}

/** Six digits say all that a learning rate is about, and stay readable. */
const round = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(6)));
