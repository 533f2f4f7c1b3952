/**
 * @file Reverse-mode differentiation over tfjs's own tape, holding memory the way a training loop needs it.
 *
 * tfjs's `grads` saves operands for every operation, whether or not a trained tensor is upstream, and frees nothing
 * until the whole backward pass is over. Here (1) an operation with no trained tensor upstream is not recorded and
 * saves nothing, (2) operands that a gradient reads only the shape of are not saved, (3) each saved tensor and each
 * intermediate gradient is freed as soon as the walk has passed it. Operations and their gradients are tfjs's.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { ParameterMap } from '../method.js';
import { tf } from '../tensor/tf.js';
import { hold, watchBuffers } from './meter.js';

interface TapeNode {
  kernelName: string;
  inputs: Record<string, tfjs.Tensor | undefined>;
  outputs: tfjs.Tensor[];
  saved?: tfjs.Tensor[];
  gradient?: (dys: (tfjs.Tensor | undefined)[]) => Record<string, () => tfjs.Tensor>;
}

/** The private members of tfjs's engine this file rests on (4.22; the version is pinned exactly). */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; kernelDepth: number };
  startTape(): void;
  endTape(): void;
  addTapeNode(
    kernelName: string,
    inputs: TapeNode['inputs'],
    outputs: tfjs.Tensor[],
    gradient: unknown,
    saved: tfjs.Tensor[],
    attributes: unknown,
  ): void;
}

const engine = tf.engine() as unknown as TapeEngine;

/** Ids of the trained tensors and of everything computed from them; undefined while nothing is being recorded. */
let dependents: Set<number> | undefined;

/** How many saved tensors hold each buffer that the forward pass made. */
let savedBuffers = new Map<object, number>();
let madeInForward: ReadonlySet<object> = new Set();

/**
 * Which saved operands the gradient reads the values of, given which inputs need a gradient; an operand not listed is
 * read. Kernels not listed keep what tfjs saves. Order of `saved` is tfjs's `inputsToSave`: `[a, b]`.
 */
const readsSaved: Record<string, (needsA: boolean, needsB: boolean) => [boolean, boolean]> = {
  Add: () => [false, false],
  Sub: () => [false, false],
  Multiply: (needsA, needsB) => [needsB, needsA],
  RealDiv: (needsA, needsB) => [needsB, needsA || needsB],
  ExpandDims: () => [false, false],
  Mean: () => [false, false],
  PadV2: () => [false, false],
  Reshape: () => [false, false],
  Slice: () => [false, false],
  Sum: () => [false, false],
};

const addTapeNode = engine.addTapeNode.bind(engine);
engine.addTapeNode = (kernelName, inputs, outputs, gradient, saved, attributes) => {
  if (dependents === undefined) {
    addTapeNode(kernelName, inputs, outputs, gradient, saved, attributes);
    return;
  }
  const recording = dependents;
  const needs = (input: tfjs.Tensor | undefined) => input !== undefined && input !== null && recording.has(input.id);
  // Inside a kernel only the clones made by saving reach this point; they are never differentiated.
  if (engine.state.kernelDepth > 0 || !Object.values(inputs).some(needs)) {
    tf.dispose(saved);
    return;
  }
  const reads = readsSaved[kernelName]?.(needs(inputs.a), needs(inputs.b));
  reads?.forEach((read, index) => {
    if (!read) {
      saved[index]?.dispose();
    }
  });
  for (const output of outputs) {
    recording.add(output.id);
  }
  saved.forEach(countSaved);
  addTapeNode(kernelName, inputs, outputs, gradient, saved, attributes);
};

function countSaved(tensor: tfjs.Tensor): void {
  if (tensor.isDisposed || !madeInForward.has(tensor.dataId)) {
    return;
  }
  const holders = savedBuffers.get(tensor.dataId) ?? 0;
  savedBuffers.set(tensor.dataId, holders + 1);
  if (holders === 0) {
    hold('activations', 4 * tensor.size);
  }
}

function releaseSaved(node: TapeNode): void {
  for (const tensor of node.saved ?? []) {
    const holders = tensor.isDisposed ? undefined : savedBuffers.get(tensor.dataId);
    if (holders !== undefined) {
      savedBuffers.set(tensor.dataId, holders - 1);
      if (holders === 1) {
        savedBuffers.delete(tensor.dataId);
        hold('activations', -4 * tensor.size);
      }
    }
    tensor.dispose();
  }
}

/**
 * Whether a gradient will be asked of this tensor. True outside `differentiate`, where tfjs's own `grads` may ask.
 * Fused operations save an operand only when this says that its counterpart needs it.
 */
export function needsGradient(tensor: tfjs.Tensor): boolean {
  return dependents === undefined || dependents.has(tensor.id);
}

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
  if (dependents !== undefined) {
    throw new Error('differentiate() cannot be nested');
  }
  const trained = new Set([...parameters.values()].map(({ id }) => id));
  dependents = new Set(trained);
  savedBuffers = new Map();
  const tape: TapeNode[] = [];
  const gradientOf = new Map<number, tfjs.Tensor>();
  let value: tfjs.Scalar | undefined;
  try {
    value = record(compute, tape);
    gradientOf.set(value.id, tf.onesLike(value));
    for (let node = tape.pop(); node !== undefined; node = tape.pop()) {
      backpropagate(node, gradientOf, trained);
    }
    const gradients = new Map<string, tfjs.Tensor>();
    for (const [path, parameter] of parameters) {
      gradients.set(path, gradientOf.get(parameter.id) ?? zeroGradient(parameter));
      gradientOf.delete(parameter.id);
    }
    return { value, gradients };
  } catch (error) {
    value?.dispose();
    throw error;
  } finally {
    tape.forEach(releaseSaved);
    for (const [id, gradient] of gradientOf) {
      hold('gradients', trained.has(id) ? -4 * gradient.size : 0);
      gradient.dispose();
    }
    dependents = undefined;
  }
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

/** Runs the forward pass with the tape on and moves the tape's nodes to `tape`, also when it throws. */
function record(compute: () => tfjs.Scalar, tape: TapeNode[]): tfjs.Scalar {
  const buffers = watchBuffers();
  madeInForward = buffers.made;
  engine.startTape();
  try {
    return tf.tidy(compute);
  } finally {
    tape.push(...(engine.state.activeTape ?? []));
    engine.endTape();
    engine.state.activeTape = null;
    buffers.stop();
  }
}

/** Moves the gradients of a node's outputs to its inputs, and frees the outputs' gradients and what the node saved. */
function backpropagate(node: TapeNode, gradientOf: Map<number, tfjs.Tensor>, trained: ReadonlySet<number>): void {
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
