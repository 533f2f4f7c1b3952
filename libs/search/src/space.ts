/** @file What is searched: named parameters, each a list or a range. */

/** One of a list. A value is the position in the list; positions have no order. */
export interface Categorical {
  kind: 'categorical';
  /** Length of the list, at least 1. */
  choices: number;
}

/** A real number in [low, high]; `log` searches orders of magnitude, and low is then above 0. */
export interface Float {
  kind: 'float';
  low: number;
  high: number;
  log: boolean;
}

/** A whole number low, low + 1, …, high; `log` searches orders of magnitude, and low is then at least 1. */
export interface Int {
  kind: 'int';
  low: number;
  high: number;
  log: boolean;
}

export type Parameter = Categorical | Float | Int;

/** Parameters by name. Their order is that in which a sampler draws. */
export type Space = Readonly<Record<string, Parameter>>;

/** A value for each parameter of a space. */
export type Point = Readonly<Record<string, number>>;

/**
 * The interval a parameter is searched on: of logarithms where `log`. Whole numbers own half a step on each side, so that
 * the ends are as likely as the others.
 */
export function searchedInterval({ kind, low, high, log }: Float | Int): { low: number; high: number } {
  const margin = kind === 'int' ? 0.5 : 0;
  const scale = log ? Math.log : Number;
  return { low: scale(low - margin), high: scale(high + margin) };
}

/** The value of a parameter at a place of its searched interval. */
export function valueAt(parameter: Float | Int, place: number): number {
  const raw = parameter.log ? Math.exp(place) : place;
  const value = parameter.kind === 'int' ? Math.round(raw) : raw;
  return Math.min(Math.max(value, parameter.low), parameter.high);
}

/**
 * The point of a space at a place of the unit cube, one coordinate a parameter, each in [0, 1).
 *
 * @example pointAt({ rank: { kind: 'int', low: 1, high: 4, log: false } }, [0.5]) // { rank: 3 }
 */
export function pointAt(space: Space, cube: readonly number[]): Point {
  const entries = Object.entries(space).map(([name, parameter], index): [string, number] => {
    const unit = cube[index];
    if (unit === undefined) throw new RangeError(`the space has ${Object.keys(space).length} parameters, got ${index}`);
    if (parameter.kind === 'categorical') return [name, Math.floor(unit * parameter.choices)];
    const { low, high } = searchedInterval(parameter);
    return [name, valueAt(parameter, low + unit * (high - low))];
  });
  return Object.fromEntries(entries);
}

/** Whether a parameter has one value only. */
export function isFixed(parameter: Parameter): boolean {
  return parameter.kind === 'categorical' ? parameter.choices === 1 : parameter.low === parameter.high;
}

/**
 * @throws RangeError naming the parameter and what is wrong with it
 */
export function checkSpace(space: Space): void {
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError('a space needs a parameter, got none');
  for (const [name, parameter] of entries) {
    const problem = parameter.kind === 'categorical' ? problemOfList(parameter) : problemOfRange(parameter);
    if (problem) throw new RangeError(`${name}: ${problem}`);
  }
}

function problemOfList({ choices }: Categorical): string | undefined {
  return Number.isSafeInteger(choices) && choices >= 1 ? undefined : `needs at least one choice, got ${choices}`;
}

function problemOfRange({ kind, low, high, log }: Float | Int): string | undefined {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return `needs finite bounds, got ${low} and ${high}`;
  if (low > high) return `low must not be above high, got ${low} and ${high}`;
  if (kind === 'int' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high))) {
    return `needs whole bounds, got ${low} and ${high}`;
  }
  const least = kind === 'int' ? 1 : Number.MIN_VALUE;
  return log && low < least
    ? `on a logarithmic scale low must be ${kind === 'int' ? 'at least 1' : 'above 0'}, got ${low}`
    : undefined;
}
