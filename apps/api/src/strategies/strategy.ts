/**
 * @file A search is a strategy, which says which trainings a sweep creates next and which it stops. It is pure data in, pure
 * data out, and never touches the database; the planner stores its state in the transaction that creates its rows.
 */
import type {
  ConfigPart,
  Contender,
  CreateSweep,
  Dropped,
  Protocol,
  Range,
  SweepAxis,
  TrialState,
} from '@rankforge/contracts';

/** The name of an axis of a sweep's methods. */
export type AxisName = 'rank' | 'learningRate' | `${ConfigPart}.${string}`;

/** An axis of one method of the request: a list of values, or a range of which the list has the ends. */
export interface SearchAxis {
  name: AxisName;
  values: readonly unknown[];
  range?: Range & { whole: boolean };
}

/** One method of the request, by its index in `methods`, with what competes under its name. */
export interface SearchMethod extends Contender {
  axes: readonly SearchAxis[];
}

/** The facts of its sweep that a strategy may know. */
export interface SearchSpace {
  search: CreateSweep['search'];
  scheduler?: CreateSweep['scheduler'];
  protocol?: Required<Protocol>;
  methods: readonly SearchMethod[];
  seeds: readonly number[];
  /** Memory budgets in MiB: each training has one trial under each. */
  budgetsMiB: readonly number[];
  /** Optimizer steps of a whole training. */
  steps: number;
  direction: 'minimize' | 'maximize';
}

/** A configuration: a method of the request, and a value for each of its axes by name. */
export interface Point {
  method: number;
  values: Readonly<Partial<Record<AxisName, unknown>>>;
}

/** A training that a strategy asks for: a configuration and a seed. It becomes one trial under each budget. */
export interface Proposal {
  point: Point;
  seed: number;
  /** Optimizer step to train to, on the schedule of the whole training. Default: all of them. */
  until?: number;
  /** `ordinal` of the training from whose checkpoint this one goes on: the same point and seed with a smaller `until`. */
  continues?: number;
  /** Stage of the sweep's protocol. */
  stage?: string;
  /** Whatever the strategy wants to find again on the training, e.g. a bracket and rung. */
  note?: unknown;
}

/** A training that was created, as a strategy is shown it. */
export interface Training {
  /** Ordinal of its first trial, which identifies the training within the sweep. */
  ordinal: number;
  proposal: Proposal;
  /** `OVER_BUDGET` where it fits none of the budgets: infeasible, whatever its objective would have been. */
  state: TrialState;
  /** Bytes above the largest of its budgets, where it is over budget; not above 0 where it is a limit that it is above. */
  excessBytes: number | null;
  /** Validation value of the objective; null until it has ended, and where it ended without one. */
  objective: number | null;
  /** Validation loss; null where it has none. */
  loss: number | null;
  /** Scores of the validation examples, whose mean says as much as the objective; null unless the strategy reads them. */
  examples: readonly number[] | null;
  /** Optimizer steps done. */
  step: number;
  /** Seconds of training; null until it has ended. */
  seconds: number | null;
  /** Validation values of the objective so far, by step; empty unless the strategy reads curves. */
  curve: readonly { step: number; value: number }[];
}

export interface Given<State> {
  space: SearchSpace;
  state: State;
  /** At most so many trainings may be asked for now; the planner asks again when there is room. */
  room: number;
  /** Every training so far, by ordinal; empty for a strategy that reads nothing. */
  trainings: readonly Training[];
}

export interface Step<State> {
  state: State;
  create: readonly Proposal[];
  /**
   * Trainings to end as `PRUNED`. One that has ended by now is left as it is, but for one that succeeded at a rung
   * (`until`): it goes no further, and keeps its result. `dropped` says how sure it is that it loses.
   */
  stop: readonly { ordinal: number; reason: string; dropped?: Dropped }[];
  /** Trainings it expects to ask for after these, and their optimizer steps: exact for a grid, else its best guess. */
  remaining: { trainings: number; steps: number };
  /** It will ask for nothing more, whatever happens. */
  done: boolean;
}

/**
 * A way to search. `step` is a function of its arguments alone: it may be called again after a crash, by another replica,
 * and with nothing new. Its state is JSON.
 *
 * @example
 * // The first value of every axis, once a seed.
 * const first: Strategy<null> = {
 *   reads: 'nothing',
 *   points: ({ methods }) => methods.map(({ axes }, method) => pointOf(method, axes, ({ values }) => values[0])),
 *   …
 * };
 */
export interface Strategy<State = unknown> {
  /**
   * How much of the trainings it is shown; nothing else is read. `curves` brings the results as well, and `examples` with them the scores
   * of the validation examples that rungs were judged by, of methods of which no training is open.
   */
  readonly reads: 'nothing' | 'results' | 'curves' | 'examples';
  /**
   * Configurations that are checked before the sweep is accepted: all it may ask for where that is known, else enough to
   * see each value of each axis.
   */
  points(space: SearchSpace): Iterable<Point>;
  /** Trainings and steps of the whole plan, in advance: what `remaining` is before the first step. */
  size(space: SearchSpace): { trainings: bigint; steps: bigint };
  start(space: SearchSpace): State;
  step(given: Given<State>): Step<State>;
  /** Fields of the request that may be extended while it runs; after it the strategy starts anew and what exists is kept. */
  readonly extensible: readonly SweepAxis[];
}
