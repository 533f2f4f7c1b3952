/** @file Floats that activations and norms hold by themselves: mirrors engine/formulas.ts, activations.ts and norms.ts. */
import type { EngineTraits } from '../engine/traits.js';
import type { LocalCost, Value } from './operation-cost.js';

/** The part of an engine's traits that says how formulas are computed. */
export type Computing = Pick<EngineTraits, 'computesFormulas'>;

export const atOnce = ({ computesFormulas }: Computing): boolean => computesFormulas === 'atOnce';

/** @param trained floats of gain and bias where they are trained, 0 where frozen */
export function layerNormCost(x: Value, trained: { gain: number; bias: number }, engine: Computing): LocalCost {
  const rows = 2 * x.rows;
  return {
    ...normCost(x, { rows, gain: trained.gain, gradients: trained.gain + trained.bias }),
    // Centred rows beside the next step of the formula.
    forward: (atOnce(engine) ? 1 : 2) * x.size + rows,
    backward: normBackward(x, trained.gain, engine) + trained.gain + trained.bias,
  };
}

/** @param units rows, or heads of all rows, that are normalized by themselves */
export function rmsNormCost(x: Value, { gain, units }: { gain: number; units: number }, engine: Computing): LocalCost {
  return {
    ...normCost(x, { rows: units, gain, gradients: gain }),
    forward: (atOnce(engine) ? 1 : 2) * x.size + units,
    backward: normBackward(x, gain, engine) + gain,
  };
}

function normCost(x: Value, { rows, gain, gradients }: { rows: number; gain: number; gradients: number }) {
  const reads = x.needs || gain > 0;
  return { saves: reads ? [x] : [], keeps: reads ? rows : 0, gradients };
}

/** The formula of x holds three tensors at a time, or its result alone; that of the gain two, beside the gradient of x. */
function normBackward(x: Value, gain: number, engine: Computing): number {
  if (!atOnce(engine)) return 3 * x.size;
  return ((x.needs ? 1 : 0) + (gain > 0 ? 2 : 0)) * x.size;
}

/** The formulas hold two tensors at a time beside x, and four beside dy. */
export const geluTanhCost = (x: Value, engine: Computing): LocalCost => activationCost(x, 4, engine);

/** The exact form holds three tensors beside dy: density, distribution and their sum. */
export const geluCost = (x: Value, engine: Computing): LocalCost => activationCost(x, 3, engine);

function activationCost(x: Value, backward: number, engine: Computing): LocalCost {
  const [ofValue, ofGradient] = atOnce(engine) ? [1, 1] : [2, backward];
  return { saves: [x], keeps: 0, forward: ofValue * x.size, backward: ofGradient * x.size, gradients: 0 };
}

/** Four tensors of the slope; the other's formula needs fewer beside the gate's gradient. */
export const geluTanhGatedCost = (gate: Value, up: Value, engine: Computing) => gatedCost([gate, up], 4, engine);

/** The gate's gradient is there while two tensors of the other's formula are; or three of its own. */
export const siluGatedCost = (gate: Value, up: Value, engine: Computing) => gatedCost([gate, up], 3, engine);

/** @param backward tensors of the gate's size that the formulas of the backward pass hold beside dy */
function gatedCost([gate, up]: [Value, Value], backward: number, engine: Computing): LocalCost {
  const gradients = [gate, up].filter(({ needs }) => needs).length;
  const [ofValue, ofGradients] = atOnce(engine) ? [1, gradients] : [2, backward];
  return {
    saves: gate.needs ? [gate, up] : [gate],
    keeps: 0,
    forward: ofValue * gate.size,
    backward: ofGradients * gate.size,
    gradients: 0,
  };
}
