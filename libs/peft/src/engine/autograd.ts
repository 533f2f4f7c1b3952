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
import { bufferOf, hold, watchBuffers } from './meter.js';

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
  BatchMatMul: (needsA, needsB) => [needsB, needsA],
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
  const buffer = bufferOf(tensor);
  if (tensor.isDisposed || !madeInForward.has(buffer)) {
    return;
  }
  const holders = savedBuffers.get(buffer) ?? 0;
  savedBuffers.set(buffer, holders + 1);
  if (holders === 0) {
    hold('activations', 4 * tensor.size);
  }
}

function releaseSaved(node: TapeNode): void {
  for (const tensor of node.saved ?? []) {
    const buffer = bufferOf(tensor);
    const holders = tensor.isDisposed ? undefined : savedBuffers.get(buffer);
    if (holders !== undefined) {
      savedBuffers.set(buffer, holders - 1);
      if (holders === 1) {
        savedBuffers.delete(buffer);
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
      backpropagate(node, pass);
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
  if (dependents !== undefined) {
    throw new Error('Differentiation cannot be nested');
  }
  const trained = new Set([...parameters.values()].map(({ id }) => id));
  dependents = new Set(trained);
  savedBuffers = new Map();
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
  dependents = undefined;
}

/** The gradient, which is the caller's from now on; zeros where there is none. */
function takeGradient({ gradientOf }: Pass, parameter: tfjs.Tensor): tfjs.Tensor {
  const gradient = gradientOf.get(parameter.id) ?? zeroGradient(parameter);
  gradientOf.delete(parameter.id);
  return gradient;
}

const inputsOf = (node: TapeNode): tfjs.Tensor[] =>
  Object.values(node.inputs).filter((input): input is tfjs.Tensor => input !== undefined && input !== null);

/** How many nodes read each tensor, by id. */
function countUses(tape: readonly TapeNode[]): Map<number, number> {
  const uses = new Map<number, number>();
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
function backpropagate(node: TapeNode, { gradientOf, trained }: Pass): void {
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
