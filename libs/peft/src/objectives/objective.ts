/**
 * @file An objective, which a model is trained for, as a record: its loss, what is kept of each unit's score, and the metrics
 * that follow. Who trains, predicts memory, imports data or shows results reads the record; nobody asks for its name.
 */
import type { NumbersOf } from '../slots/numbers.js';
import type { Batch, DataFacts } from './data.js';
import type { ExampleFormName } from './examples.js';
import type { LossGraph } from './loss-graph.js';
import type { Columns, Metric, MetricInfo } from './metrics/metric.js';
import type { UnitPlaces } from './metrics/ranking.js';
import type { ScoreAnswer } from './metrics/written-answers.js';
import type { OutputsName } from './outputs.js';
import type { AnswerPredictor, TrivialPredictor } from './trivial.js';

export interface Objective {
  /** Registry name; the name of the file. */
  name: string;
  /** Title for people, e.g. `Class of a text`. */
  title: string;
  /** A split counts these, a batch is made of them and statistics pair them: windows of tokens, examples, queries with their rows, or users with their items. */
  unit: 'window' | 'example' | 'query' | 'user';
  /** Version of its numbers in such a trial: see `Method.numbers`. Default: 1. */
  numbers?(of: NumbersOf<undefined>): number;
  /** The form of its examples. */
  examples: ExampleFormName;
  /** The part of the model that the loss reads, see outputs.ts. */
  on: OutputsName;
  /**
   * Outputs of the head that a trial trains beside its adapter; undefined where the model's own is used.
   *
   * @throws Error where the data does not say what the head needs
   */
  outputs(facts: DataFacts): number | undefined;
  /**
   * The answer that the outputs of a row give, as targets name answers. Absent where outputs are numbers: these are neither right nor
   * wrong, and cannot flip.
   */
  answer?(outputs: readonly number[]): number;
  /** How many terms of a batch the loss is the mean of. */
  count(batch: Batch): number;
  /**
   * Units are scored over every document of the corpus, by inner products of what the outputs give for query and document: `score` reads
   * these. Absent: over their own rows.
   */
  searches?: true;
  /**
   * Documents that training draws beside each unit, at every step anew from the whole corpus and none that is relevant, where no recipe says
   * how. Absent: the data says which stand beside a unit.
   */
  negatives?: number;
  /**
   * Whose rows a term of the loss reads. Of one unit: a batch holds whole units, so the losses of batches add up to that of all. Of
   * the whole batch, as where its other units are negatives: such batches are not accumulated.
   */
  sumsOver: 'units' | 'batch';
  /** Sum of the terms of a batch over the normalizer of the graph, which is their number in all batches of a step. */
  loss<T>(graph: LossGraph<T>, outputs: T): T;
  /**
   * Scores of the units of a batch by column; one of them is `loss`.
   *
   * @param read what `scored` of the outputs gives, on the host
   */
  score(read: Float32Array, batch: Batch, facts: DataFacts): Columns;
  /** Places of the relevant rows of each unit, of what `score` reads. Absent where units are no orders of rows. */
  places?(read: Float32Array, batch: Batch): UnitPlaces[];
  /** Scores of an answer in words by column, where the model writes answers: they join those of `score`. */
  answered?: ScoreAnswer;
  /** The first ranks unless somebody says otherwise. */
  metrics: readonly Metric[];
  /** Further metrics that an evaluation of procedures has of its units. Absent: none. */
  evaluated?: readonly MetricInfo[];
  /** Scores without looking at an input; absent where that is not cheap. */
  trivial?: TrivialPredictor | AnswerPredictor;
}

/** Keeps name and form as literals, so that data that names no objective, or has other rows, does not compile. */
export const defineObjective = <const Name extends string, const Form extends ExampleFormName>(
  record: Objective & { name: Name; examples: Form },
): Objective & { name: Name; examples: Form } => record;
