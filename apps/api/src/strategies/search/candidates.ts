/** @file The configurations that a search asked for, read from their trainings. */
import { mayStillRun } from '@rankforge/contracts';
import type { Outcome } from '@rankforge/search';
import type { Point, Proposal, SearchSpace, Training } from '../strategy.js';

/** The note that a search keeps on each training. */
export interface Note {
  /** Which configuration of its method, from 0, in the order in which they were asked for. */
  number: number;
  /** Rung of the scheduler; 0 where there is none. */
  rung: number;
  /** Why it went on to this rung, in words with numbers. */
  reason?: string;
}

/** The trainings of one configuration on one rung, one a seed. */
export interface Rung {
  trainings: readonly Training[];
  /** Some have not ended, or were not asked for yet. */
  open: boolean;
  /** Mean of the objective over seeds; undefined unless all have one. */
  value: number | undefined;
  /** Mean validation loss over seeds; infinite unless all have one. */
  loss: number;
  /** Mean score of each validation example over seeds; undefined unless all have the same ones. */
  examples: readonly number[] | undefined;
}

/** A configuration that was asked for. */
export interface Candidate {
  number: number;
  point: Point;
  /** Steps at which its rungs end; the last is that of a whole training. */
  ends: readonly number[];
  rungs: readonly Rung[];
}

/** The rungs of a method's configurations. */
interface Rungs {
  /** Steps at which those of its `number`-th configuration end, where the first ends at `begun`. */
  endsOf(number: number, begun: number): readonly number[];
  /** How many seeds train a configuration on one of them. */
  seedsOn(ends: readonly number[], rung: number): number;
}

/** The candidates of each method, by number. */
export function candidatesOf(
  trainings: readonly Training[],
  space: SearchSpace,
  { endsOf, seedsOn }: Rungs,
): Candidate[][] {
  const byMethod = space.methods.map(() => new Map<number, { point: Point; rungs: Training[][] }>());
  for (const training of trainings) {
    const { point, note } = training.proposal;
    const { number, rung } = note as Note;
    const known = byMethod[point.method]!;
    const candidate = known.get(number) ?? { point, rungs: [] };
    known.set(number, candidate);
    candidate.rungs[rung] = [...(candidate.rungs[rung] ?? []), training];
  }
  return byMethod.map((known) =>
    [...known]
      .sort(([a], [b]) => a - b)
      .map(([number, { point, rungs }]) => {
        const begun = untilOf(space, rungs[0]![0]!.proposal);
        const ends = endsOf(number, begun);
        return { number, point, ends, rungs: rungs.map((trainings, rung) => rungOf(trainings, seedsOn(ends, rung))) };
      }),
  );
}

/** The step to which a training goes. */
export const untilOf = ({ steps }: Pick<SearchSpace, 'steps'>, { until }: Pick<Proposal, 'until'>): number =>
  until ?? steps;

function rungOf(trainings: readonly Training[], seeds: number): Rung {
  const values = trainings.map(({ objective }) => objective);
  const whole = trainings.length >= seeds;
  const known = whole && values.every((value) => value !== null);
  return {
    trainings,
    open: !whole || trainings.some(({ state }) => mayStillRun(state)),
    value: known ? mean(values) : undefined,
    loss: mean(trainings.map(({ loss }) => loss ?? Number.POSITIVE_INFINITY)),
    examples: known ? meanExamples(trainings) : undefined,
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanExamples(trainings: readonly Training[]): readonly number[] | undefined {
  const seeds = trainings.map(({ examples }) => examples ?? []);
  const [first] = seeds;
  if (!first || first.length === 0 || seeds.some(({ length }) => length !== first.length)) return undefined;
  return seeds.length === 1 ? first : first.map((_, example) => mean(seeds.map((scores) => scores[example]!)));
}

/** A rung whose trainings do not exist yet. */
export const begun: Rung = {
  trainings: [],
  open: true,
  value: undefined,
  loss: Number.POSITIVE_INFINITY,
  examples: undefined,
};

export const isOpen = ({ rungs }: Candidate): boolean => rungs.at(-1)!.open;

/**
 * The outcome that a sampler is told. A configuration that fits no budget is infeasible by the bytes it is above; one that failed, for
 * one because it diverged, is worse than any that was stopped; one on a lower rung counts as stopped there.
 *
 * @param steps of a whole training
 */
export function outcomeOf({ rungs }: Candidate, steps: number): Outcome {
  const last = rungs.at(-1)!;
  if (last.open) return { kind: 'running' };
  const { trainings } = last;
  const excess = trainings.filter(({ state }) => state === 'OVER_BUDGET').map(({ excessBytes }) => excessBytes ?? 0);
  if (excess.length > 0) return { kind: 'infeasible', violation: Math.max(1, ...excess) };
  const step = untilOf({ steps }, trainings[0]!.proposal);
  const whole = trainings.every(({ state }) => state === 'SUCCEEDED') && step === steps;
  if (whole && last.value !== undefined) return { kind: 'complete', value: last.value };
  if (last.value !== undefined) return { kind: 'pruned', step, value: last.value };
  const reached = trainings.map(({ curve }) => curve.at(-1));
  const latest = reached.every((report) => report !== undefined) ? reached : undefined;
  if (!latest || trainings.some(({ state }) => state === 'FAILED'))
    return { kind: 'pruned', step: 0, value: undefined };
  return {
    kind: 'pruned',
    step: Math.min(...latest.map((report) => report.step)),
    value: latest.reduce((sum, report) => sum + report.value, 0) / latest.length,
  };
}
