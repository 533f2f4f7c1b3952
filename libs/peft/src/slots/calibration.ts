/** @file The questions that a method has about the training data before its first step. */
import type { Matrix } from 'ml-matrix';
import type { LayerShape } from './layer.js';

/** The statistics of the data that a method asks for before its first step; the trainer gathers them on the training split alone. */
export interface CalibrationRequest {
  /** `gradient`: of the loss, for the frozen kernel. `inputs`: moments of what flows into the layer. */
  statistic: 'gradient' | 'inputs';
  /** Batches it is gathered over, each as large as a batch of the trial. */
  batches: number;
  /**
   * Gathers the inputs of a layer behind layers that are already as the method's init makes them, which takes a
   * pass over the batches for every input of targeted layers. The configuration of all layers is then that of the trial:
   * not for methods that allocate ranks. Default: all inputs are those of the base as it is, in one pass.
   */
  inTurn?: boolean;
  /** How much the loss over the same batches minds the layer, found by a pass for each replacement. Not with `inTurn`. */
  replacements?: Replacements;
}

/** The kernels that a layer is replaced by, alone, to see what that does to the loss. */
export interface Replacements {
  /** Ranks of the replacements. */
  ranks(layer: LayerShape): readonly number[];
  /** `[in, out]`: what stands in the place of `kernel`. Neither it nor `inputs` is to be written to. */
  kernel(layer: { kernel: Matrix; inputs: InputMoments }, rank: number): Matrix;
}

/** The first step of the trial that the calibration is for. */
export interface FirstStep {
  /** Learning rate of this step, after warm-up and schedule. */
  learningRate: number;
  /** Steps of the trial, at least 1. */
  steps: number;
  /** Steps over which the learning rate rises; 0: it starts in full. */
  warmupSteps: number;
}

/** The findings of a calibration for one targeted layer of the untouched base. Matrices are not to be written to. */
export interface LayerCalibration {
  firstStep: FirstStep;
  /** `[in, out]`: mean over the batches of ∂loss/∂W. */
  gradient?: Matrix;
  inputs?: InputMoments;
  /** Loss, a mean over the batches, where this layer alone is replaced, by the rank of what stands in its place. */
  losses?: ReadonlyMap<number, number>;
}

/**
 * Moments of the rows that flow into a layer; padding, and tokens whose loss does not count, are left out. Of a table the row
 * of an id is 1 there and 0 elsewhere: `mean` and `absoluteMean` say how often each id is read.
 */
export interface InputMoments {
  rows: number;
  /** `[in]` */
  mean: Float64Array;
  /** `[in]`: the mean of `|x|`. */
  absoluteMean: Float64Array;
  /** `[in, in]`: the sum over rows of `(x − mean)ᵀ·(x − mean)`. Absent of a table: it follows from `mean`. */
  scatter?: Matrix;
}

/** Moments of a layer that is no table. */
export interface RowMoments extends InputMoments {
  scatter: Matrix;
}
