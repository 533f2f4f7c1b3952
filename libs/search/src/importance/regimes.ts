/** @file Where values of a parameter lie on a grid; a parameter that differs between trials has a grid for each of its forms. */
import { isFixed, type Parameter, type Point, type Space } from '../space.js';
import type { Cells } from './density.js';

/** A configuration with what it could have been and its result. Parameters that it does not have are in neither. */
export interface Tried {
  space: Space;
  point: Point;
  value: number;
  /** Tells parameters apart that look alike, such as two lists of one length, by the name of the parameter. */
  forms?: Readonly<Record<string, string>>;
}

/** One form of a parameter: the trials that have it, each with its cell. */
export interface Regime extends Cells {
  /** Places of the trials that have this form. */
  members: number[];
  /** The cell of each of them. */
  cells: number[];
}

/** Cells that a range is cut into at most. */
const cellsAtMost = 50;

/** Every parameter by name, with its forms; one that can have a single value only has none. */
export function regimesOf(trials: readonly Tried[]): Map<string, Regime[]> {
  const names = new Set(trials.flatMap(({ space }) => Object.keys(space)));
  return new Map([...names].map((name) => [name, regimesOn(name, trials)]));
}

function regimesOn(name: string, trials: readonly Tried[]): Regime[] {
  const forms = new Map<string, Regime & { cellOf: (value: number) => number }>();
  trials.forEach(({ space, point, forms: named }, index) => {
    const parameter = space[name];
    if (!parameter || isFixed(parameter)) return;
    const key = JSON.stringify([parameter, named?.[name]]);
    const form = forms.get(key) ?? { ...gridOf(parameter), members: [], cells: [] };
    forms.set(key, form);
    form.members.push(index);
    form.cells.push(form.cellOf(point[name]!));
  });
  return [...forms.values()];
}

function gridOf(parameter: Parameter): Cells & { cellOf: (value: number) => number } {
  if (parameter.kind === 'categorical') return { size: parameter.choices, ordered: false, cellOf: (value) => value };
  const { kind, log } = parameter;
  const scaled = log ? Math.log : Number;
  const [low, high] = [scaled(parameter.low), scaled(parameter.high)];
  const count = parameter.high - parameter.low + 1;
  const most = kind === 'float' ? cellsAtMost : log ? Math.ceil(Math.log(count) / Math.log(2)) + 1 : count;
  const size = Math.min(most, cellsAtMost);
  const step = (high - low) / (size - 1);
  // A value in the middle between two cells is of the lower one.
  const cellOf = (value: number) => Math.min(Math.max(Math.ceil((scaled(value) - low) / step - 0.5), 0), size - 1);
  return { size, ordered: true, cellOf };
}
