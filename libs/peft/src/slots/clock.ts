/** @file Clocks: what a method or an optimizer repeats after a number of steps, declared so that all can tell if a run is long enough. */

/** A field of a configuration that holds the steps after which something happens again. */
export interface Clock {
  /** The predicate of a sentence about it, e.g. `refreshes its subspace`. */
  action: string;
  /**
   * Steps in the paper or the authors' scripts. Where the field is left open it is this, or a tenth of the run's steps if
   * that is less. Undefined: the field has a default of its own.
   */
  usual?: number;
  /** The least that an open field becomes. Default 1. */
  least?: number;
  /** When it first happens: in the step after those of the field (`before`, the default), or in the last of them (`after`). */
  at?: 'before' | 'after';
}

/** Clocks by the name of their field. */
export type Clocks = Readonly<Record<string, Clock>>;

/** A clock as a configuration sets it. */
export interface SetClock extends Clock {
  field: string;
  /** Steps between two of its actions. */
  every: number;
}

/** A method or an optimizer. */
interface Clocked {
  name: string;
  clocks?: Clocks;
  unfired?(config: never, steps: number): readonly string[];
}

const periods = 10;

/** A configuration whose open clocks are set for a run of so many steps: ten periods, where none is then shorter than its least or longer than usual. */
export function settled<C>({ clocks = {} }: Clocked, config: C, steps: number): C {
  const given = config as Readonly<Record<string, unknown>>;
  const open = Object.entries(clocks).flatMap(([field, { usual, least = 1 }]) =>
    usual === undefined || given[field] !== undefined
      ? []
      : [[field, Math.min(usual, Math.max(least, Math.ceil(steps / periods)))] as const],
  );
  return open.length === 0 ? config : { ...config, ...Object.fromEntries(open) };
}

/** The clocks of a configuration; one that is open has its usual period. */
export function clocksOf({ clocks = {} }: Clocked, config: unknown): SetClock[] {
  const given = config as Readonly<Record<string, unknown>>;
  return Object.entries(clocks).flatMap(([field, clock]) => {
    const every = given[field] ?? clock.usual;
    return typeof every === 'number' ? [{ ...clock, field, every }] : [];
  });
}

/** Actions of a configuration that never come in so many steps, for people; a run of no steps has none. */
export function unfired(owner: Clocked, config: unknown, steps: number): string[] {
  if (steps === 0) return [];
  const clocks = clocksOf(owner, config)
    .filter(({ every, at = 'before' }) => (at === 'before' ? steps <= every : steps < every))
    .map(({ action, field, every }) => `never ${action} in ${steps} steps (${field} ${every})`);
  return [...clocks, ...(owner.unfired?.(config as never, steps) ?? [])];
}

/** The same of a method and its optimizer, each with its name before it. */
export const neverFired = (steps: number, ...owners: readonly (readonly [Clocked, unknown])[]): string[] =>
  owners.flatMap(([owner, config]) => unfired(owner, config, steps).map((text) => `${owner.name}: ${text}`));
