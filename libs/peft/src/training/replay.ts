/** @file A part of a training pass that the backward pass runs again, with the numbers that it drew. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { runAgain } from '../engine/recording.js';
import { resumeRandom } from '../tensor/random.js';
import type { TrainingPass } from './trial.js';

type Run = (x: tfjs.Tensor2D) => tfjs.Tensor2D;

/** `run(x)`, which frees `x`; see `runAgain`. Dropout is read from one stream: the second time it begins where the first time did. */
export function replayed({ dropout }: Pick<TrainingPass, 'dropout'>, x: tfjs.Tensor2D, run: Run): tfjs.Tensor2D {
  const began = dropout.random.state();
  return runAgain(x, run, (input) => {
    const { random } = dropout;
    dropout.random = resumeRandom(began);
    try {
      return run(input);
    } finally {
      dropout.random = random;
    }
  });
}
