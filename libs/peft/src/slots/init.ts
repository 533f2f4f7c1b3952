import type { Matrix } from 'ml-matrix';
import type { Random } from '../tensor/random.js';
import type { LayerCalibration } from './calibration.js';
import type { HostTensor, LayerShape } from './layer.js';

/** Targeted layers that share what is of `group` scope: one object for all of them, so that what is found of it once may be kept by it. */
export interface LayerGroup {
  /** Base kernels `[in, out]` in model order, float64, each made when it is come to. Not to be written to. */
  readonly kernels: Iterable<Matrix>;
}

/** Slot 2, init: first values of every tensor of the weight part, on the host in float64 linear algebra. */
export interface InitPart<C> {
  /**
   * Set where `layer` replaces the base kernel by what its own first update leaves of it: kernel + first update = base
   * kernel. An adapter that is to work on the original base then carries the difference to the first update.
   */
  leavesResidual?: true;
  /** Set where `layer` replaces the base kernel by another that the first update does not make up for. */
  changesKernel?: true;
  layer(input: {
    shape: LayerShape;
    /** Base kernel `[in, out]`, float64 copy, made when it is read. */
    readonly kernel: Matrix;
    /** `[out]`, where the layer has one; not to be written to. */
    bias?: Float32Array;
    config: C;
    random: Random;
    /** Shapes of all targeted layers in model order, and which of them this one is. */
    layers: readonly LayerShape[];
    index: number;
    /** The layers of the same role and sides, this one among them. Absent: it is alone. */
    group?: LayerGroup;
    /** Given where the method asks for a calibration. */
    calibration?: LayerCalibration;
  }): {
    tensors: Record<string, HostTensor>;
    /** Replaces the frozen kernel (PiSSA keeps the residual). Omitted: unchanged. */
    kernel?: Matrix;
  };
  /**
   * The kernel that `layer` puts in place of the base's, from its own first values (by name, as float32 holds them) alone.
   * For an init that a calibration leads: the first values are stored beside an adapter, and no data is needed to put it
   * back.
   */
  kernelFrom?(input: { kernel: Matrix; first: Readonly<Record<string, HostTensor>>; config: C }): Matrix;
  /** First values of tensors of model scope. `layers` lists the shapes of all targeted layers in model order. */
  model?(input: { layers: LayerShape[]; config: C; random: Random }): Record<string, HostTensor>;
}
