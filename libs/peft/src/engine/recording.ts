/**
 * @file tfjs's tape as differentiation uses it: which operations are recorded, and what each saves for its gradient.
 *
 * Here (1) an operation with no trained tensor upstream is not recorded and saves nothing, (2) operands that a gradient reads
 * only the shape of are not saved, (3) a part of a forward pass may run without saving anything, to be run again later.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import { tf, whenLoaded } from '../tensor/tf.js';
import { bufferOf, hold, watchBuffers } from './meter.js';

export interface TapeNode {
  kernelName: string;
  inputs: Record<string, tfjs.Tensor | undefined>;
  outputs: tfjs.Tensor[];
  saved?: tfjs.Tensor[];
  gradient?: (dys: (tfjs.Tensor | undefined)[]) => Record<string, () => tfjs.Tensor>;
  /** In place of a gradient: makes the output anew of the one tensor that was saved, for its operations to be recorded. */
  again?: (input: tfjs.Tensor) => tfjs.Tensor;
}

/** The private members of tfjs's engine this file rests on (4.22; the version is pinned exactly). */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; kernelDepth: number; gradientDepth: number };
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

/** Set when tfjs is loaded, which is before anything is recorded. */
let engine: TapeEngine;

interface Recording {
  /** Ids of the trained tensors and of everything computed from them. */
  dependents: Set<number>;
  /** How many saved tensors hold each buffer that the forward pass made. */
  savedBuffers: Map<object, number>;
  madeInForward: Set<object>;
  /** Set while nothing is saved. */
  unsaved?: Unsaved | undefined;
}

/** Operations that run without saving anything. */
interface Unsaved {
  /** Ids of what they made. */
  made: Set<number>;
  /** The dependents that they read and others made. */
  reads: Map<number, tfjs.Tensor>;
}

/** Undefined while nothing is differentiated. */
let recording: Recording | undefined;

/** @throws Error where a differentiation is in progress */
export function beginRecording(trained: Iterable<number>): void {
  if (recording !== undefined) {
    throw new Error('Differentiation cannot be nested');
  }
  recording = { dependents: new Set(trained), savedBuffers: new Map(), madeInForward: new Set() };
}

export function endRecording(): void {
  recording = undefined;
}

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

whenLoaded(() => {
  engine = tf.engine() as unknown as TapeEngine;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (kernelName, inputs, outputs, gradient, saved, attributes) => {
    if (recording === undefined) {
      addTapeNode(kernelName, inputs, outputs, gradient, saved, attributes);
      return;
    }
    const { dependents, unsaved } = recording;
    const needs = (input: tfjs.Tensor | undefined) => input !== undefined && input !== null && dependents.has(input.id);
    // Inside a kernel only the clones made by saving reach this point; they are never differentiated.
    if (engine.state.kernelDepth > 0 || !Object.values(inputs).some(needs)) {
      tf.dispose(saved);
      return;
    }
    for (const output of outputs) {
      dependents.add(output.id);
    }
    if (unsaved) {
      tf.dispose(saved);
      for (const input of Object.values(inputs)) {
        if (needs(input) && !unsaved.made.has(input!.id)) unsaved.reads.set(input!.id, input!);
      }
      for (const { id } of outputs) unsaved.made.add(id);
      return;
    }
    const reads = readsSaved[kernelName]?.(needs(inputs.a), needs(inputs.b));
    reads?.forEach((read, index) => {
      if (!read) {
        saved[index]?.dispose();
      }
    });
    saved.forEach(countSaved);
    addTapeNode(kernelName, inputs, outputs, gradient, saved, attributes);
  };
});

function countSaved(tensor: tfjs.Tensor): void {
  const { madeInForward, savedBuffers } = recording!;
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

export function releaseSaved(node: TapeNode): void {
  const { savedBuffers } = recording!;
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
  return recording === undefined || recording.dependents.has(tensor.id);
}

/** Runs with the tape on and moves the tape's nodes to `tape`, also when it throws. */
export function record<T extends tfjs.Tensor>(compute: () => T, tape: TapeNode[]): T {
  const buffers = watchBuffers(recording!.madeInForward);
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

/**
 * `run(x)`, of which only `x` is kept: the backward pass runs it again. What runs then must compute the same to the bit; so
 * does what it draws from.
 *
 * @param run frees `x`
 * @param rerun the same for the second time. Default: `run`
 */
export function runAgain(
  x: tfjs.Tensor2D,
  run: (x: tfjs.Tensor2D) => tfjs.Tensor2D,
  rerun: (x: tfjs.Tensor2D) => tfjs.Tensor2D = run,
): tfjs.Tensor2D {
  const { activeTape } = engine.state;
  if (recording === undefined || activeTape === null || recording.unsaved) return run(x);
  const { dependents } = recording;
  const kept = offTape(() => tf.keep(x.clone()));
  const unsaved: Unsaved = { made: new Set(), reads: new Map() };
  recording.unsaved = unsaved;
  let output: tfjs.Tensor2D;
  try {
    output = run(x);
  } catch (error) {
    kept.dispose();
    throw error;
  } finally {
    recording.unsaved = undefined;
  }
  if (!dependents.has(output.id)) {
    kept.dispose();
    return output;
  }
  countSaved(kept);
  // Gradients flow into what was read besides x from the operations of the second run; here it only says that they will.
  const besides = [...unsaved.reads.values()].filter(({ id }) => id !== x.id);
  activeTape.push({
    kernelName: 'again',
    inputs: { x, ...Object.fromEntries(besides.map((tensor, index) => [index, tensor])) },
    outputs: [output],
    saved: [kept],
    again: (input) => rerun(input as tfjs.Tensor2D),
  });
  return output;
}

/**
 * Records the operations of a node that keeps but what it was made of.
 *
 * @returns the output that they made, which is freed: its id stands for it
 */
export function recordAgain({ inputs, saved, again }: TapeNode, tape: TapeNode[]): { id: number } {
  const { dependents } = recording!;
  const [kept] = saved as [tfjs.Tensor];
  const x = inputs.x!;
  const input = tf.keep(kept.clone());
  if (dependents.has(x.id)) dependents.add(input.id);
  tape.push({
    kernelName: 'Identity',
    inputs: { x },
    outputs: [input],
    saved: [kept],
    gradient: ([dy]) => ({ x: () => dy! }),
  });
  try {
    const output = record(() => again!(input), tape);
    output.dispose();
    return output;
  } finally {
    input.dispose();
  }
}

/** Runs without recording: copies of tensors that are kept are no part of what is differentiated. */
function offTape<T>(work: () => T): T {
  const { gradientDepth } = engine.state;
  engine.state.gradientDepth = 0;
  try {
    return work();
  } finally {
    engine.state.gradientDepth = gradientDepth;
  }
}
