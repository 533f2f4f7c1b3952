/** @file Gradients of a step: of the loss of every batch, and of the method's penalties. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import { differentiate, differentiateOutputs, disposeGradients } from '../engine/autograd.js';
import type { ComparedModel, OutputPenaltyPart } from '../method.js';
import type { ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { type Attack, attackOf, type LossPart, type LossTerm, type RecipeState } from '../recipes/recipe.js';
import { tf } from '../tensor/tf.js';
import { activeTensors } from './active.js';
import { adding, noting, searched } from './attack.js';
import { penalized } from './penalties.js';
import { atBatch, type StepInput } from './step-input.js';
import { toMatrix } from './teacher.js';

interface Accumulated {
  /** Penalties included. */
  loss: number;
  /** The caller's; see `disposeGradients`. */
  gradients: Map<string, tfjs.Tensor>;
  /** Facts of the batches that the recipe noted. */
  noted: readonly RecipeState[];
}

/** Loss and gradients over all batches of a step: means over the counted targets, plus the penalties. */
export async function accumulatedGradients(input: StepInput): Promise<Accumulated> {
  const { batches, method } = input;
  const loss = input.recipe?.recipe.loss;
  const attack = attackOf(input.recipe, input.model.layers);
  const normalizer = batches.reduce((count, batch) => count + countOf(input, batch), 0);
  let total: Accumulated | undefined;
  for (const [index, batch] of batches.entries()) {
    const own = atBatch(input, index);
    const first = index === 0;
    const of = { batch, first, normalizer };
    const part = loss
      ? await byLossOnHost(own, { ...of, loss })
      : method.outputPenalty
        ? await withOutputPenalty(own, { ...of, penalty: method.outputPenalty })
        : attack
          ? await attacked(own, { ...of, attack })
          : await plain(own, of);
    total = total
      ? {
          loss: total.loss + part.loss,
          gradients: sum(total.gradients, part.gradients),
          noted: [...total.noted, ...part.noted],
        }
      : part;
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
  return { loss: await taken(value), gradients, noted: [] };
}

/** How many terms of a batch the loss is the mean of: those of the recipe's loss, where it has one. */
function countOf({ objective, recipe, state }: StepInput, batch: Batch): number {
  const loss = recipe?.recipe.loss;
  return loss ? loss.count({ batch, config: recipe!.config, state: state.recipe ?? {} }) : objective.count(batch);
}

/** The loss of the recipe, in the place of the objective's: its gradient at the outputs of the head is found on the host. */
async function byLossOnHost(
  input: StepInput,
  { loss, ...of }: OfBatch & { loss: LossPart<unknown> },
): Promise<Accumulated> {
  const { model, objective, recipe, state } = input;
  const { batch, normalizer } = of;
  let term: LossTerm | undefined;
  const { value, gradients } = await differentiateOutputs(
    activeTensors(input),
    () => {
      let outputs: tfjs.Tensor2D | undefined;
      const value = penalized(input, of, (access) => {
        outputs = objective.logits(model, batch, access, batch.size);
        return tf.scalar(0);
      });
      return { value, outputs: outputs! };
    },
    async (outputs) => {
      const read = (await outputs.data()) as Float32Array;
      const { config } = recipe!;
      term = loss.evaluate({ outputs: read, batch, config, state: state.recipe ?? {} });
      const scale = normalizer === 0 ? 0 : 1 / normalizer;
      return tf.tensor2d(
        term.gradient.map((slope) => slope * scale),
        outputs.shape as [number, number],
      );
    },
  );
  const own = normalizer === 0 ? 0 : term!.value / normalizer;
  return { loss: (await taken(value)) + own, gradients, noted: term!.noted ? [term!.noted] : [] };
}

/** The plain loss and that of the worst perturbation that was found, by weight; the trial's penalty belongs to the former. */
async function attacked(input: StepInput, { attack, ...of }: OfBatch & { attack: Attack }): Promise<Accumulated> {
  const { model, objective, trial, pass } = input;
  const { batch, normalizer } = of;
  const { weight } = attack;
  const shapes = new Map<number, [number, number]>();
  const lossOf = (access: ModelAccess, share: number) =>
    tf.tidy(() => tf.mul(objective.loss(model, batch, access, normalizer), share) as tfjs.Scalar);
  const clean = differentiate(activeTensors(input), () =>
    penalized(input, of, (access) => lossOf({ ...access, ...noting(attack, shapes) }, 1 - weight)),
  );
  const ofClean = await taken(clean.value);
  const perturbation = searched(input, batch, attack, shapes);
  try {
    const access = { ...trial.access(pass), ...adding(perturbation) };
    const worst = differentiate(activeTensors(input), () => lossOf(access, weight));
    const loss = ofClean + (await taken(worst.value));
    return { loss, gradients: sum(clean.gradients, worst.gradients), noted: [] };
  } finally {
    tf.dispose([...perturbation.values()]);
  }
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
  return { loss: (await taken(value)) + ofOutputs, gradients, noted: [] };
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
