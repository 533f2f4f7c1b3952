/** @file What a calibration holds, moment by moment, in floats: the base model alone is on the device. */
import type { CalibrationRequest } from '../method.js';
import type { TrialPlan } from '../training/plan.js';
import type { Moment } from './moment.js';
import { type TraceInput, traceStep } from './trace.js';

/** @param input of the trial that asks for the calibration; its method and what it trains take no part */
export function calibrationMoments({ statistic }: CalibrationRequest, input: TraceInput): Moment[] {
  const { weight: _, ...bare } = input.method;
  const trace = (trainedBase: TrialPlan['trainedBase'], held?: ReadonlySet<string>) =>
    traceStep({
      ...input,
      method: bare,
      plan: { ...input.plan, adapters: [], trainedBase },
      dropout: 0,
      ...(held && { held }),
    });
  const layers = new Set(input.plan.layers.map(({ path }) => path));
  const withGradients = trace(input.plan.base.filter(({ path }) => layers.has(path.replace(/\.kernel$/, ''))));
  if (statistic === 'gradient') return gradientMoments(withGradients);
  // What a layer keeps for the gradient of its kernel is its input, once where several share it.
  const inputs = input.plan.layers.flatMap(({ path, shape }) => {
    const size = withGradients.find(({ name }) => name === path)!.kept;
    return size > 0 ? [{ size, width: shape.in }] : [];
  });
  return inputMoments(trace([], layers), inputs);
}

type Costs = ReturnType<typeof traceStep>;

/** As in training, but that each gradient leaves the device before the next is made. */
function gradientMoments(costs: Costs): Moment[] {
  const moments: Moment[] = [];
  let kept = 0;
  for (const { forward, kept: own } of costs) {
    moments.push({ gradients: 0, activations: kept, workspace: forward });
    kept += own;
  }
  for (const { backward, kept: own, gradients } of costs.toReversed()) {
    moments.push({ gradients, activations: kept, workspace: backward - gradients });
    kept -= own;
  }
  return moments;
}

/** A forward pass that keeps the inputs of the targeted layers, then the moments of each. */
function inputMoments(forward: Costs, inputs: readonly { size: number; width: number }[]): Moment[] {
  const moments = forward.map(({ forward }) => ({ gradients: 0, activations: 0, workspace: forward }));
  const kept = inputs.reduce((sum, { size }) => sum + size, 0);
  for (const { size, width } of inputs) {
    // The rows that count and the same centred, or centred and transposed with the product and the mean.
    moments.push({ gradients: 0, activations: 0, workspace: kept + 2 * size + width ** 2 + width });
  }
  return moments;
}
