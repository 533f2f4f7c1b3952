/** @file What an init reads of a calibration, and the field that says how long it is. */
import type { Matrix } from 'ml-matrix';
import { z } from 'zod';
import type { InputMoments, LayerCalibration } from '../../method.js';

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

/** Moments of the layer's inputs. Throws as `gradientOf`. */
export function inputsOf(calibration: LayerCalibration | undefined): InputMoments {
  return required(calibration?.inputs, 'moments of its inputs');
}

function required<T>(found: T | undefined, what: string): T {
  if (found === undefined) {
    throw new Error(`The first values of this layer need ${what}: calibrate before the trial is put together`);
  }
  return found;
}
