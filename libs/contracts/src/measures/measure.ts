/**
 * @file A measure: what is said of a training beside its score. A record says what it is called and counts, which way is better,
 * what the seeds of a configuration make of it, and how it is shown; boards, columns, Pareto front and limits read records.
 */
import { z } from 'zod';
import { MIB } from '../memory.js';

/** The unit of a number: whoever shows it formats it so. */
export type Unit = 'count' | 'bytes' | 'milliseconds' | 'seconds' | 'nats' | 'share' | 'MiB' | 'money';

/** Numbers as a program writes them: the command line for a terminal, the page with units. */
export interface Formats {
  count(value: number): string;
  integer(value: number): string;
  bytes(value: number): string;
  milliseconds(value: number): string;
  seconds(value: number): string;
  /** @param digits that count; default 4 */
  number(value: number, digits?: number): string;
}

/** A cell of the page. */
export interface Cell {
  text: string;
  /** A second line. */
  below?: string;
  /** Said of the cell to whoever points at it. */
  title?: string;
}

/** The products of a training step, from shapes alone. */
export interface StepWork {
  /** Multiplications with an addition in its matrix products. */
  multiplyAdds: { forward: number; backward: number };
}

/** Facts of a training: what it and the scoring of it reported, and what follows from its shapes. */
export interface Known {
  training: object | null;
  measuredBytes: number | null;
  scoring: object | undefined;
  /** Absent where nobody says it. */
  work: StepWork | undefined;
  /** Examples are texts: tokens can be counted. */
  hasTokens: boolean;
  /** The metric that the board ranks by. */
  metric: string;
}

/** Facts of a training that follow from its request and its shapes, before anything runs. */
export interface Planned {
  /** Absent where nobody says it. */
  work: StepWork | undefined;
  /** Scalars that are trained, by where they are. */
  trained: { adapters: number; base: number };
  /** Of a federation; absent where the training is none. */
  federation?: PlannedFederation | undefined;
  /** Most calls of a query, of a procedure; absent of others. */
  calls?: number | undefined;
  /** Most questions to a ranker that is examined, on one split; absent of others. */
  questions?: number | undefined;
}

/** Bytes of the messages of a federation, those before its first round included, and its privacy. */
export interface PlannedFederation {
  traffic: { up: number; down: number; setUp: { up: number; down: number } };
  /** Absent where no noise bounds it. */
  epsilon?: number;
}

/** A number before anything runs, and the parts that it is the sum of, by their names in a sentence. */
export interface Prediction {
  amount: number;
  parts: Readonly<Record<string, number>>;
}

/** The fields of a row of a board that are no measure of their own. */
interface RowBesides {
  predicted: { total: number } | null;
}

/**
 * @typeParam S schema of the value of a configuration
 * @typeParam One value of one training
 * @typeParam R fields that a result has for it
 */
export interface Measure<
  Name extends string = string,
  S extends z.ZodType = z.ZodType,
  One = z.output<S>,
  R extends Reports = Reports,
> {
  name: Name;
  /** In a sentence and on an axis, e.g. `Peak memory`. */
  title: string;
  /** One sentence for whoever asks what it is. */
  hint?: string;
  unit: Unit;
  direction: 'minimize' | 'maximize' | 'as-score';
  /** It is taken of a run, as times and memory are: the same trial gives another value when it runs again. */
  observed?: true;
  /** It is read off a clock that runs on while other work has the processor: kept to estimate by, and on no board. */
  wallClock?: true;
  schema: S;
  /** Fields of a result that a training or a scoring reports for it. Omitted: none. */
  reports?: R;
  /** The value of one training; undefined where it has none. */
  of(known: Known): One | undefined;
  /** The value of a configuration, from those of its seeds, of which there is at least one. */
  combine(values: readonly One[]): z.output<S> | null;
  /** The number that stands for a value on an axis and against a limit. Default: the value is one. */
  amount?(value: One | z.output<S>): number | null;
  /** A board may be asked for configurations that take at most so much. */
  limits?: true;
  /** The number that stands for its value, from shapes: a sweep may limit it. Undefined where nobody says it. */
  predict?(planned: Planned): Prediction | undefined;
  /** It is said of trainings that nothing ranks, too: of those that failed or do not fit. */
  withoutRank?: true;
  /** The value that was predicted before. */
  predicted?(row: RowBesides): number | null;
  /** Boards that have its column. Default: all. `some`: where a row has a value. */
  on?: 'some';
  /** The columns of the command line. Omitted: it has none. */
  line?: OneOrMore<Line<z.output<S>>>;
  /** A sentence under a board whose rows have these values. Omitted, or undefined: there is nothing to say. */
  remark?(values: readonly z.output<S>[]): string | undefined;
  /** The columns of the page. Omitted: it has none. */
  column?: OneOrMore<Column<z.output<S>>>;
}

/** A column of the command line. */
export interface Line<Value> {
  title: string;
  predictedTitle?: string;
  text?(value: Value, formats: Formats): string;
}

/** A column of the page. */
export interface Column<Value> {
  id: string;
  /** Default: that of the measure, as its hint is. */
  title?: string;
  hint?: string;
  /** Columns of 0 are shown however narrow the window is, and columns of 1 before those of 2. */
  priority: 0 | 1 | 2;
  cell?(value: Value, formats: Formats): Cell;
}

type OneOrMore<T> = T | readonly T[];
type Reports = Readonly<Record<string, z.ZodType>>;

/** The columns of a measure, where it has any. */
export const linesOf = ({ line = [] }: AnyMeasure): readonly Line<unknown>[] => [line].flat();
export const columnsOf = ({ column = [] }: AnyMeasure): readonly Column<unknown>[] => [column].flat();

/** A prediction that is the sum of its parts. */
export const sumOfParts = (parts: Prediction['parts']): Prediction => ({
  amount: Object.values(parts).reduce((sum, part) => sum + part, 0),
  parts,
});

/** A record with the type of its values. */
export const defineMeasure = <
  const Name extends string,
  S extends z.ZodType,
  One = z.output<S>,
  R extends Reports = Record<never, z.ZodType>,
>(
  measure: Measure<Name, S, One, R>,
) => measure;

/** Any record: whoever goes through all of them knows no value's type. */
export type AnyMeasure = Measure<string, z.ZodType, unknown>;

/** A field that a training or a scoring reported under the measure's name. */
export const reported = <T>(result: object | null | undefined, name: string): T | undefined =>
  (result as Record<string, T | undefined> | null | undefined)?.[name];

/** Which way of a measure is better on a board whose score is to be so. */
export const directionOf = (
  { direction }: Pick<AnyMeasure, 'direction'>,
  score: 'minimize' | 'maximize',
): 'minimize' | 'maximize' => (direction === 'as-score' ? score : direction);

/** The same for all seeds. */
export const first = <T>(values: readonly T[]): T => values[0]!;
export const largest = (values: readonly number[]): number => Math.max(...values);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** Half way between the two in the middle where there is an even number of values; 0 for none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)]!;
  return low + (middle - Math.floor(middle)) * (sorted[Math.ceil(middle)]! - low);
}

/** A number in its unit, as a program writes it. */
export function formatted(value: number, unit: Unit, formats: Formats): string {
  if (unit === 'count') return formats.count(value);
  if (unit === 'bytes') return formats.bytes(value);
  if (unit === 'MiB') return formats.bytes(value * MIB);
  if (unit === 'milliseconds') return formats.milliseconds(value);
  if (unit === 'seconds') return formats.seconds(value);
  return formats.number(value);
}

export const whole = z.number().int().nonnegative();
