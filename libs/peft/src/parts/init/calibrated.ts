/** @file Reads a calibration for an init, and defines the field that says how long it is. */
import type { Matrix } from 'ml-matrix';
import { z } from 'zod';
import type { CalibrationRequest, InputMoments, LayerCalibration, RowMoments } from '../../method.js';

/** The field of a configuration that says how many batches are read. */
export const calibrationBatches = (preset: number) =>
  z.int().min(1).default(preset).describe('Training batches that are read before the first step');

/**
 * The mean gradient of the kernel, `[in, out]`; not to be written to.
 *
 * @throws Error if there was no calibration
 */
export function gradientOf(calibration: LayerCalibration | undefined): Matrix {
  return required(calibration?.gradient, 'the gradient of its kernel');
}

/** Moments of the layer's inputs, of a table's too. Throws as `gradientOf`. */
export function inputsOf(calibration: LayerCalibration | undefined): InputMoments {
  return required(calibration?.inputs, 'moments of its inputs');
}

/** Moments of the inputs of a layer that is no table. Throws as `gradientOf`. */
export function rowsOf(calibration: LayerCalibration | undefined): RowMoments {
  const inputs = inputsOf(calibration);
  return { ...inputs, scatter: required(inputs.scatter, 'second moments of its inputs') };
}

function required<T>(found: T | undefined, what: string): T {
  if (found === undefined) {
    throw new Error(`The first values of this layer need ${what}: calibrate before the trial is put together`);
  }
  return found;
}

/** The field of a configuration that says whose inputs layers are fitted to. */
export const calibrationInputs = z
  .enum(['original', 'compressed'])
  .default('original')
  .describe(
    'Inputs that layers are fitted to: those of the model as it was, or those behind the layers that are compressed already, which takes a pass for each',
  );

/** A request for moments of such inputs. */
export const inputsRequest = (config: {
  calibrationBatches: number;
  inputs: z.infer<typeof calibrationInputs>;
}): CalibrationRequest => ({
  statistic: 'inputs',
  batches: config.calibrationBatches,
  ...(config.inputs === 'compressed' && { inTurn: true }),
});
