/**
 * @file Reverse-mode differentiation over tfjs's own tape, holding memory the way a training loop needs it.
 *
 * tfjs's `grads` saves operands for every operation, whether or not a trained tensor is upstream, and frees nothing
 * until the whole backward pass is over. Here recording.ts keeps less from the start, and each saved tensor and each
 * intermediate gradient is freed as soon as the walk has passed it. Operations and their gradients are tfjs's.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { ParameterMap } from '../method.js';
import { tf } from '../tensor/tf.js';
import { hold } from './meter.js';
import {
  beginRecording,
  endRecording,
  needsGradient,
  record,
  recordAgain,
  releaseSaved,
  type TapeNode,
} from './recording.js';

/**
 * Value and gradients of a scalar with respect to named tensors. A parameter that the value does not depend on gets
 * zeros. The caller owns what is returned.
 *
 * @example
 * const w = tf.tensor1d([3]);
 * const { value, gradients } = differentiate(new Map([['w', w]]), () => w.square().sum());
 * gradients.get('w'); // [6]
 */
export function differentiate(
  parameters: ParameterMap,
  compute: () => tfjs.Scalar,
): { value: tfjs.Scalar; gradients: Map<string, tfjs.Tensor> } {
  const pass = begin(parameters);
  try {
    forward(pass, compute);
    for (let node = pass.tape.pop(); node !== undefined; node = pass.tape.pop()) backpropagate(node, pass);
    const gradients = new Map([...parameters].map(([path, parameter]) => [path, takeGradient(pass, parameter)]));
    return { value: pass.value!, gradients };
  } catch (error) {
    pass.value?.dispose();
    throw error;
  } finally {
    end(pass);
  }
}

/**
 * Works as `differentiate` on a scalar plus a term over `outputs` whose gradient is found between the passes, for instance on
 * the host. Nothing else may be differentiated until the promise is settled.
 *
 * @param slope gets the outputs and returns the term's gradient with respect to them, which it hands over
 */
export async function differentiateOutputs(
  parameters: ParameterMap,
  compute: () => { value: tfjs.Scalar; outputs: tfjs.Tensor },
  slope: (outputs: tfjs.Tensor) => Promise<tfjs.Tensor>,
): Promise<{ value: tfjs.Scalar; gradients: Map<string, tfjs.Tensor> }> {
  const pass = begin(parameters);
  let outputs: tfjs.Tensor | undefined;
  try {
    forward(pass, () => {
      const made = compute();
      outputs = tf.keep(made.outputs);
      return made.value;
    });
    pass.gradientOf.set(outputs!.id, await slope(outputs!));
    outputs!.dispose();
    for (let node = pass.tape.pop(); node !== undefined; node = pass.tape.pop()) backpropagate(node, pass);
    const gradients = new Map([...parameters].map(([path, parameter]) => [path, takeGradient(pass, parameter)]));
    return { value: pass.value!, gradients };
  } catch (error) {
    pass.value?.dispose();
    outputs?.dispose();
    throw error;
  } finally {
    end(pass);
  }
}

/**
 * Hands the gradient of every named tensor to `visit` as soon as it is complete, and frees it after: no more than one
 * is held at a time, whatever their number. They come in the order of the backward pass, those that the value does not
 * depend on, zeros, at the end. A parameter may be replaced as soon as its gradient is there: what is left of the backward
 * pass does not read it. Nothing else may be differentiated until the promise is settled.
 *
 * @param visit also gets the scalar, which is not its own
 * @returns the scalar, which the caller owns
 */
export async function visitGradients(
  parameters: ParameterMap,
  compute: () => tfjs.Scalar,
  visit: (path: string, gradient: tfjs.Tensor, value: tfjs.Scalar) => Promise<void>,
): Promise<tfjs.Scalar> {
  const pass = begin(parameters);
  const waiting = new Map(parameters);
  const handOver = async (path: string, parameter: tfjs.Tensor) => {
    waiting.delete(path);
    const gradient = takeGradient(pass, parameter);
    try {
      await visit(path, gradient, pass.value!);
    } finally {
      disposeGradients(new Map([[path, gradient]]));
    }
  };
  try {
    forward(pass, compute);
    const uses = countUses(pass.tape);
    for (let node = pass.tape.pop(); node !== undefined; node = pass.tape.pop()) {
      const left = pass.tape.length;
      backpropagate(node, pass);
      // Operations that were run again read their tensors from now on.
      countUses(pass.tape.slice(left), uses);
      for (const { id } of inputsOf(node)) uses.set(id, uses.get(id)! - 1);
      for (const [path, parameter] of [...waiting]) {
        if (uses.get(parameter.id) === 0) await handOver(path, parameter);
      }
    }
    for (const [path, parameter] of [...waiting]) await handOver(path, parameter);
    return pass.value!;
  } catch (error) {
    pass.value?.dispose();
    throw error;
  } finally {
    end(pass);
  }
}

/** A differentiation in progress. */
interface Pass {
  trained: ReadonlySet<number>;
  /** Nodes whose backward pass is still to come, last first. */
  tape: TapeNode[];
  /** Gradients that are not handed over yet, by tensor id. */
  gradientOf: Map<number, tfjs.Tensor>;
  value: tfjs.Scalar | undefined;
}

function begin(parameters: ParameterMap): Pass {
  const trained = new Set([...parameters.values()].map(({ id }) => id));
  beginRecording(trained);
  return { trained, tape: [], gradientOf: new Map(), value: undefined };
}

function forward(pass: Pass, compute: () => tfjs.Scalar): void {
  pass.value = record(compute, pass.tape);
  pass.gradientOf.set(pass.value.id, tf.onesLike(pass.value));
}

function end({ tape, gradientOf, trained }: Pass): void {
  tape.forEach(releaseSaved);
  for (const [id, gradient] of gradientOf) {
    hold('gradients', trained.has(id) ? -4 * gradient.size : 0);
    gradient.dispose();
  }
  endRecording();
}

/** The gradient, which is the caller's from now on; zeros where there is none. */
function takeGradient({ gradientOf }: Pass, parameter: tfjs.Tensor): tfjs.Tensor {
  const gradient = gradientOf.get(parameter.id) ?? zeroGradient(parameter);
  gradientOf.delete(parameter.id);
  return gradient;
}

const inputsOf = (node: TapeNode): tfjs.Tensor[] =>
  Object.values(node.inputs).filter((input): input is tfjs.Tensor => input !== undefined && input !== null);

/** How many nodes read each tensor, by id; added to what is known of others. */
function countUses(tape: readonly TapeNode[], uses = new Map<number, number>()): Map<number, number> {
  for (const { id } of tape.flatMap(inputsOf)) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
}

/** Frees gradients that `differentiate` returned. */
export function disposeGradients(gradients: ReadonlyMap<string, tfjs.Tensor>): void {
  for (const gradient of gradients.values()) {
    hold('gradients', -4 * gradient.size);
    gradient.dispose();
  }
}

function zeroGradient(parameter: tfjs.Tensor): tfjs.Tensor {
  hold('gradients', 4 * parameter.size);
  return tf.zerosLike(parameter);
}

/** Puts the operations of a node that is run again on the tape, with the gradient of its output as that of theirs. */
function expand(node: TapeNode, { gradientOf, tape }: Pass): void {
  const { id } = node.outputs[0]!;
  const dy = gradientOf.get(id);
  if (dy === undefined) {
    releaseSaved(node);
    return;
  }
  const again = recordAgain(node, tape);
  gradientOf.delete(id);
  gradientOf.set(again.id, dy);
}

/**
 * Moves the gradients of a node's outputs to its inputs, and frees the outputs' gradients and what the node saved. Where the node
 * is to be run again, its operations take its place.
 */
function backpropagate(node: TapeNode, pass: Pass): void {
  if (node.again) {
    expand(node, pass);
    return;
  }
  const { gradientOf, trained } = pass;
  try {
    const dys = node.outputs.map((output) => gradientOf.get(output.id));
    if (dys.every((dy) => dy === undefined)) {
      return;
    }
    const gradient = node.gradient;
    if (gradient === undefined) {
      throw new Error(`tfjs has no gradient for the kernel ${node.kernelName}`);
    }
    const targets = Object.entries(node.inputs).filter(([, input]) => input && needsGradient(input));
    const terms = tf.tidy(() => {
      const functions = gradient(dys);
      // A gradient function may hand `dy` on, or one tensor to two inputs: clones share data and can be freed apart.
      return targets.map(([name]) => functions[name]!().clone());
    });
    for (const output of node.outputs) {
      gradientOf.get(output.id)?.dispose();
      gradientOf.delete(output.id);
    }
    targets.forEach(([, input], index) => {
      const { id } = input!;
      const term = terms[index]!;
      if (trained.has(id) && !gradientOf.has(id)) {
        hold('gradients', 4 * term.size);
      }
      accumulate(gradientOf, id, term);
    });
  } finally {
    releaseSaved(node);
  }
}

function accumulate(gradientOf: Map<number, tfjs.Tensor>, id: number, term: tfjs.Tensor): void {
  const sum = gradientOf.get(id);
  if (sum === undefined) {
    gradientOf.set(id, term);
    return;
  }
  gradientOf.set(id, tf.add(sum, term));
  sum.dispose();
  term.dispose();
}
