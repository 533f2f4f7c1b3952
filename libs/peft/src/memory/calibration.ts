/** @file Floats that a calibration holds, moment by moment: the base model alone is on the device. */
import { engineTraits } from '../engine/traits.js';
import type { CalibrationRequest } from '../method.js';
import type { PlannedLayer, TrialPlan } from '../training/plan.js';
import type { Moment } from './moment.js';
import type { OperationCost, Value } from './operation-cost.js';
import { backwardOrder, forwardOrder } from './pass-order.js';
import { type TraceInput, traceStep } from './trace.js';

/**
 * @param input of the base with nothing on its layers; what the trial trains of it takes no part
 * @param making floats that a layer holds while it is made, its kernel included, for a pass layer after layer
 */
export function calibrationMoments(
  { statistic, inTurn, replacements }: CalibrationRequest,
  input: TraceInput,
  making: (path: string) => number,
): Moment[] {
  const trace = (trainedBase: TrialPlan['trainedBase'], held?: ReadonlySet<string>) =>
    traceStep({
      ...input,
      plan: { ...input.plan, adapters: [], trainedBase },
      dropout: 0,
      computeDtype: undefined,
      ...(held && { held, result: 'hidden' }),
      checkpointing: statistic === 'gradient' ? input.checkpointing : undefined,
    });
  const layers = new Set(input.plan.layers.map(({ path }) => path));
  if (statistic === 'gradient') {
    const kernels = input.plan.layers.map(({ path, shape }) => ({
      path: `${path}.kernel`,
      kind: 'kernel' as const,
      shape: [shape.in, shape.out],
      targeted: true,
    }));
    return gradientMoments(trace(kernels));
  }
  const forward = trace([], layers);
  // Rows of tables that are read are counted on the host, in the first pass.
  const tables = input.plan.layers.filter(({ shape }) => shape.table);
  const inputs: SharedInput[] =
    inTurn && tables.length > 0 ? [{ size: 0, width: 0, readers: tables.map(readerOf) }] : [];
  for (const { path, shape } of input.plan.layers.filter(({ shape }) => !shape.table)) {
    // An input is kept once where several layers share it.
    const x = forward.find(({ name }) => name === path)!.operands[0]!;
    const shared = inputs.find(({ value }) => value === x);
    if (shared) shared.readers.push(readerOf({ path, shape }));
    else inputs.push({ value: x, size: x.size, width: shape.in, readers: [readerOf({ path, shape })] });
  }
  if (!inTurn) {
    const largest = Math.max(...input.plan.layers.map(({ shape }) => shape.in * shape.out));
    return [...inputMoments(forward, inputs, input), ...(replacements ? lossMoments(trace([]), largest) : [])];
  }
  return inputs.flatMap((one, index) => {
    // The kernels made before stay beside those of the base, and those of this input join them.
    const before = kernelsOf(inputs.slice(0, index));
    const moments = inputMoments(trace([], new Set(one.readers.map(({ path }) => path))), [one], input);
    let made = before;
    for (const { path, kernel } of index + 1 < inputs.length ? one.readers : []) {
      moments.push({ gradients: 0, activations: 0, workspace: made - before + making(path) });
      made += kernel;
    }
    return moments.map((moment) => ({ ...moment, workspace: moment.workspace + before }));
  });
}

interface SharedInput {
  /** Absent where it is ids. */
  value?: Value;
  size: number;
  width: number;
  readers: { path: string; kernel: number }[];
}

const readerOf = ({ path, shape }: Pick<PlannedLayer, 'path' | 'shape'>): SharedInput['readers'][number] => ({
  path,
  kernel: shape.in * shape.out,
});

const kernelsOf = (inputs: readonly SharedInput[]): number =>
  inputs.flatMap(({ readers }) => readers).reduce((sum, { kernel }) => sum + kernel, 0);

type Costs = readonly OperationCost[];

/** Moments of a backward pass as in training, except that each gradient leaves the device before the next is made. */
export function gradientMoments(costs: Costs): Moment[] {
  const moments: Moment[] = [];
  for (const { cost, kept } of forwardOrder(costs)) {
    moments.push({ gradients: 0, activations: kept, workspace: cost.forward });
  }
  for (const { cost, kept, isForward } of backwardOrder(costs)) {
    const { forward, backward, gradients } = cost;
    moments.push(
      isForward
        ? { gradients: 0, activations: kept, workspace: forward }
        : { gradients, activations: kept, workspace: backward - gradients },
    );
  }
  return moments;
}

/** A forward pass to the loss, beside what a layer is replaced by. */
const lossMoments = (forward: Costs, replacement: number): Moment[] =>
  forward.map((cost) => ({ gradients: 0, activations: 0, workspace: cost.forward + replacement }));

/** A forward pass that keeps the inputs of the targeted layers, then the moments of each. */
function inputMoments(
  forward: Costs,
  inputs: readonly Pick<SharedInput, 'size' | 'width'>[],
  { engine = 'wasm' }: TraceInput,
): Moment[] {
  const turns = engineTraits[engine].transposedOperand === 'copied';
  const moments = forward.map(({ forward }) => ({ gradients: 0, activations: 0, workspace: forward }));
  const kept = inputs.reduce((sum, { size }) => sum + size, 0);
  for (const { size, width } of inputs) {
    // The rows that count and the same centred, or centred, transposed where an engine does that, with the product; two means.
    const own = turns ? 2 * size + width ** 2 : Math.max(2 * size, size + width ** 2);
    moments.push({ gradients: 0, activations: 0, workspace: kept + own + 2 * width });
  }
  return moments;
}
