/** @file Estimates in place of gradients, from forward passes alone. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { differentiate } from '../engine/autograd.js';
import { hold } from '../engine/meter.js';
import type { GradientEstimator, ParameterMap } from '../method.js';
import { tf } from '../tensor/tf.js';
import { activeTensors } from './active.js';
import { penalized } from './penalties.js';
import { atBatch, redrawn, type StepInput } from './step-input.js';

/**
 * Loss and estimated gradients of a step: the mean loss of its candidates, and their perturbations by weight. A perturbation
 * is drawn again, tensor by tensor, whenever it is needed, and never held as a whole beside the tensors that it moved.
 */
export async function estimatedGradients(
  input: StepInput,
  estimator: GradientEstimator,
): Promise<{ loss: number; gradients: Map<string, tfjs.Tensor>; noted: [] }> {
  const trained = activeTensors(input);
  // Losses are to differ by what was moved alone.
  const again = redrawn(input);
  const losses: number[] = [];
  for (let candidate = 0; candidate < estimator.candidates; candidate++) {
    losses.push(await lossOf(again(), trained, (path) => perturbation(input, trained, { candidate, path }), estimator));
  }
  const weights = estimator.weights(losses);
  const gradients = new Map<string, tfjs.Tensor>();
  for (const path of trained.keys()) {
    let sum: tfjs.Tensor | undefined;
    for (const [candidate, weight] of weights.entries()) {
      const term = tf.tidy(() => tf.mul(perturbation(input, trained, { candidate, path }), weight));
      const next = sum ? tf.add(sum, term) : term;
      if (sum) tf.dispose([sum, term]);
      sum = next;
    }
    hold('gradients', 4 * sum!.size);
    gradients.set(path, sum!);
  }
  return { loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length, gradients, noted: [] };
}

/** Standard normal numbers, the same whenever they are asked for. */
function perturbation(
  { random, step }: StepInput,
  trained: ParameterMap,
  { candidate, path }: { candidate: number; path: string },
): tfjs.Tensor {
  const stream = random.fork(`perturbation/${step}/${candidate}/${path}`);
  const { shape, size } = trained.get(path)!;
  return tf.tensor(
    Float32Array.from({ length: size }, () => stream.normal()),
    shape,
  );
}

/** Loss of all batches of a step where every trained tensor is moved; then they are as before, to the bit. */
async function lossOf(
  input: StepInput,
  trained: ParameterMap,
  moveOf: (path: string) => tfjs.Tensor,
  { distance }: GradientEstimator,
): Promise<number> {
  const { trial, model, objective, batches } = input;
  // On the buffers of the trial's tensors, which outlive these so.
  const kept = new Map([...trained.keys()].map((path) => [path, trial.trained().get(path)!.clone()]));
  for (const [path, value] of kept) {
    trial.replace(
      path,
      tf.tidy(() => tf.add(value, tf.mul(moveOf(path), distance))),
    );
  }
  try {
    const normalizer = batches.reduce((count, batch) => count + objective.count(batch), 0);
    let total = 0;
    for (const [index, batch] of batches.entries()) {
      // With nothing to differentiate with respect to, nothing is saved.
      const { value } = differentiate(new Map(), () =>
        penalized(atBatch(input, index), { batch, first: index === 0 }, (access) =>
          objective.loss(model, batch, access, normalizer),
        ),
      );
      total += (await value.data())[0]!;
      value.dispose();
    }
    return total;
  } finally {
    for (const [path, value] of kept) trial.replace(path, value);
  }
}
