import type { Random } from '../tensor/random.js';

/** Groups of a block that stand or fall together: heads of an attention, or units of a feed-forward part. */
export interface PrunedGroups {
  /** e.g. `blocks.0.attention` */
  path: string;
  /**
   * Euclidean norm of all kernel entries of each group: columns of the layers that go into it, rows of the layer that
   * leads out. Queries that share a head of keys are one group.
   */
  norms: Float64Array;
}

/** Which axis of an adapter tensor runs over the inputs or the outputs of its layer; `own`: over neither. */
export type PrunedAxis = 'in' | 'out' | 'own';

/**
 * Slot 7, pruning: training runs on a base that whole attention heads and feed-forward units are taken out of, and its
 * adapter is put back onto the whole base: what belongs to pruned inputs and outputs is 0. Evaluation, scoring and export
 * see the whole base alone.
 */
export interface PruningPart<C> {
  /** Share of the heads and of the feed-forward units of every block that training goes without, from 0 to below 1. */
  ratio(config: C): number;
  /** A score for each group: the largest stay, of equal ones the first. */
  scores(groups: PrunedGroups, config: C, random: Random): ArrayLike<number>;
  /** For each adapter tensor of a layer what its axes run over, e.g. `{ lora_A: ['in', 'own'] }`. */
  axes: Readonly<Record<string, readonly PrunedAxis[]>>;
}
