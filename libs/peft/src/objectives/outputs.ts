/** @file The outputs of a model that a loss reads: hidden states before its own head, a head that the trial trains, its own logit, or an embedding. */
import { architectureOf, type ModelConfig } from '../models/config.js';
import type { Graph } from '../models/graph.js';
import type { OutputKind } from '../slots/penalty.js';
import { countedRows } from './answers.js';
import type { Batch } from './data.js';
import type { LossGraph } from './loss-graph.js';

export type OutputsName = 'vocabulary' | 'head' | 'event' | 'embedding' | 'vector';

export interface Outputs {
  /** Says whether a row of logits is over tokens or classes. */
  kind: OutputKind;
  /** Gives the outputs that a loss is computed from. */
  of<T>(graph: Graph<T>, model: ModelConfig): T;
  /** Logits of at most `rows` counted tokens at equal distances, or of the head for every row of the batch. */
  logits<T>(graph: LossGraph<T>, outputs: T, rows: number): T;
  /** The right answers in the rows of `logits`: `[rows]` tokens or classes; none where the head gives a number. */
  targets(batch: Batch, rows: number): Int32Array;
  /** Gives the values that scores are made of on the host. */
  scored<T>(graph: LossGraph<T>, outputs: T): T;
}

/** Last hidden states of the tokens of a batch: `[rows, width]`. */
export const ownHidden = <T>(graph: Graph<T>, model: ModelConfig): T =>
  graph.ownTokens(architectureOf(model).hidden(graph, model));

/** Every row of the batch has a row of outputs. */
const ofRows: Pick<Outputs, 'kind' | 'logits' | 'targets' | 'scored'> = {
  kind: 'classes',
  logits: (_, outputs) => outputs,
  targets: ({ targets }) => targets,
  scored: (_, outputs) => outputs,
};

export const outputs: Record<OutputsName, Outputs> = {
  vocabulary: {
    kind: 'tokens',
    of: ownHidden,
    logits: (graph, hidden, rows) => graph.tokenLogits(hidden, rows),
    targets: (batch, rows) => countedRows(batch, rows).map((row) => batch.targets[row]!),
    scored: (graph, hidden) => graph.tokenLosses(hidden),
  },
  head: {
    ...ofRows,
    of: (graph, model) => graph.project('head', architectureOf(model).pool(graph, model, ownHidden(graph, model))),
  },
  event: {
    ...ofRows,
    of(graph, model) {
      const { eventLogit } = architectureOf(model);
      if (eventLogit === undefined) throw new Error(`${model.architecture} predicts no event`);
      return eventLogit(graph, model, ownHidden(graph, model));
    },
  },
  /** The mean over the real tokens of every row, without a head: queries and documents are encoded alike. */
  embedding: {
    ...ofRows,
    of: (graph, model) => graph.meanTokens(ownHidden(graph, model)),
    scored: (graph, embeddings) => graph.normalized(embeddings),
  },
  /** Last hidden states of a row of fields, at the length that they have: users and items are encoded alike. */
  vector: { ...ofRows, of: ownHidden },
};

/** Whether a trial trains a head with an output for each class of an objective. */
export const hasClassHead = ({ answer, on }: { answer?: unknown; on: OutputsName }): boolean =>
  answer !== undefined && on === 'head';

/** Whether each example of an objective has a class as its answer. */
export const answersWithClass = ({ answer, on }: { answer?: unknown; on: OutputsName }): boolean =>
  answer !== undefined && outputs[on].kind === 'classes';
