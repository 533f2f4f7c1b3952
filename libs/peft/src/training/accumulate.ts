/** @file Gradients of a step: of the loss of every batch, and of the method's penalties. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import { differentiate, differentiateOutputs, disposeGradients } from '../engine/autograd.js';
import type { ComparedModel, OutputPenaltyPart } from '../method.js';
import type { ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { tf } from '../tensor/tf.js';
import { activeTensors } from './active.js';
import { penalized } from './penalties.js';
import type { StepInput } from './step-input.js';
import { toMatrix } from './teacher.js';

interface Accumulated {
  /** Penalties included. */
  loss: number;
  /** The caller's; see `disposeGradients`. */
  gradients: Map<string, tfjs.Tensor>;
}

/** Loss and gradients over all batches of a step: means over the counted targets, plus the penalties. */
export async function accumulatedGradients(input: StepInput): Promise<Accumulated> {
  const { objective, batches, method } = input;
  const normalizer = batches.reduce((count, batch) => count + objective.count(batch), 0);
  let total: Accumulated | undefined;
  for (const [index, batch] of batches.entries()) {
    const first = index === 0;
    const part = method.outputPenalty
      ? await withOutputPenalty(input, { batch, first, normalizer, penalty: method.outputPenalty })
      : await plain(input, { batch, first, normalizer });
    total = total ? { loss: total.loss + part.loss, gradients: sum(total.gradients, part.gradients) } : part;
  }
  if (total === undefined) {
    throw new Error('A step needs at least one batch');
  }
  return total;
}

interface OfBatch {
  batch: Batch;
  /** The penalty on tensors is added once. */
  first: boolean;
  normalizer: number;
}

async function plain(input: StepInput, of: OfBatch): Promise<Accumulated> {
  const { model, objective } = input;
  const { value, gradients } = differentiate(activeTensors(input), () =>
    penalized(input, of, (access) => objective.loss(model, of.batch, access, of.normalizer)),
  );
  return { loss: await taken(value), gradients };
}

/** The penalty on outputs is the mean over batches of each batch's. */
async function withOutputPenalty(
  input: StepInput,
  { penalty, ...of }: OfBatch & { penalty: OutputPenaltyPart<unknown> },
): Promise<Accumulated> {
  const { trial, model, objective, config, batches, teacher } = input;
  const rows = penalty.rows(config);
  const taskWeight = penalty.taskWeight?.(config) ?? 1;
  const logitsOf: Record<ComparedModel, () => Promise<Matrix>> = {
    reference: () =>
      toMatrix(trial.beforeTraining((access) => tf.tidy(() => objective.logits(model, of.batch, access, rows)))),
    teacher: () => teacher!.logits(of.batch, rows),
  };
  const others: Partial<Record<ComparedModel, Matrix>> = {};
  for (const name of penalty.against) others[name] = await logitsOf[name]();
  const targets = objective.targets(of.batch, rows);
  const outputsOf = (access: ModelAccess) => {
    if (taskWeight === 0) {
      return { value: tf.scalar(0), outputs: objective.logits(model, of.batch, access, rows) };
    }
    const made = objective.lossAndLogits(model, of.batch, access, { normalizer: of.normalizer, rows });
    return taskWeight === 1 ? made : { ...made, value: tf.mul(made.value, taskWeight) as tfjs.Scalar };
  };
  let ofOutputs = 0;
  const { value, gradients } = await differentiateOutputs(
    activeTensors(input),
    () => {
      let outputs: tfjs.Tensor2D | undefined;
      const value = penalized(input, of, (access) => {
        const made = outputsOf(access);
        outputs = made.outputs;
        return made.value;
      });
      return { value, outputs: outputs! };
    },
    async (outputs) => {
      const logits = await toMatrix(outputs.clone() as tfjs.Tensor2D);
      const term = penalty.evaluate({ logits, others, targets, kind: objective.kind, config });
      ofOutputs = term.value / batches.length;
      return tf.tensor2d(Float32Array.from(term.gradient.div(batches.length).to1DArray()), [
        term.gradient.rows,
        term.gradient.columns,
      ]);
    },
  );
  return { loss: (await taken(value)) + ofOutputs, gradients };
}

/** A scalar's value; the tensor is disposed. */
async function taken(scalar: tfjs.Scalar): Promise<number> {
  const [value] = await scalar.data();
  scalar.dispose();
  return value!;
}

function sum(total: Map<string, tfjs.Tensor>, terms: Map<string, tfjs.Tensor>): Map<string, tfjs.Tensor> {
  for (const [path, term] of terms) {
    const previous = total.get(path)!;
    total.set(path, tf.add(previous, term));
    previous.dispose();
  }
  disposeGradients(terms);
  return total;
}
