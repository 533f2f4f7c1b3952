import type { Matrix } from 'ml-matrix';
import type { LayerCalibration } from './calibration.js';
import type { RankLayer } from './rank.js';

/** A targeted layer as an allocation of ranks sees it. Matrices are not to be written to. */
export interface AllocationLayer extends RankLayer {
  /** Base kernel `[in, out]` in float64, converted when it is read. */
  readonly kernel: Matrix;
  /** Given where the method asks for a calibration. */
  calibration?: LayerCalibration;
}

/**
 * Ranks of the layers under a budget they share, decided once before the first step. A prediction, which knows shapes
 * alone, takes the budget as spread evenly.
 */
export interface AllocationPart<C> {
  /** Rank of every layer, in the order of `layers`. A layer with rank 0 carries no adapter; at least one has more. */
  ranks(layers: readonly AllocationLayer[], config: C): readonly number[];
  /** The configuration of a layer with this rank, at least 1. Default: `config` with its `rank` replaced. */
  configure?(config: C, rank: number): C;
}
