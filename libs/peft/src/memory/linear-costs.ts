/** @file Floats that a linear layer holds with its adapter, and a table that is looked up; see costs.ts. */
import { packedDtypes } from '../engine/packed/registry.js';
import type { EngineTraits } from '../engine/traits.js';
import type { Activations, Floats, LayerShape } from '../method.js';
import type { LocalCost, Value } from './operation-cost.js';

/** Floats of trained tensors of an operation, 0 for frozen ones. */
export interface TrainedLinear {
  kernel: number;
  bias: number;
  adapter: number;
}

/** How a linear layer takes part in a trial. */
export interface LinearUse {
  shape: LayerShape;
  trained: TrainedLinear;
  /** The base multiplies in numbers of 16 bits. */
  halves: boolean;
  adapter: Activations | undefined;
  /** Nothing of the adapter is trained: the backward pass reads its tensors alone. */
  frozen: boolean;
  /** There is no base kernel to multiply by: the adapter's own products make the output. */
  replaced: boolean;
  /** Whether the adapter keeps a dropped copy of the input; whether there is a mask. */
  dropsCopy: boolean;
  drops: boolean;
  /** Whether the input itself is kept; whether the adapter's own gradients read it, in that or another copy. */
  keepsInput: boolean;
  readsInput: boolean;
}

export function linearCost(x: Value, use: LinearUse, engine: EngineTraits): LocalCost {
  const { shape, trained, halves, adapter, frozen, replaced, dropsCopy, drops, keepsInput, readsInput } = use;
  const output = x.rows * shape.out;
  // While the base multiplies, its kernel is open beside the output, and what the adapter has made of its own tensors.
  const opens = shape.packed !== undefined && !replaced && !halves;
  const open = opens ? shape.in * shape.out + (adapter?.fixed ?? 0) : 0;
  const opening = opens ? whileOpening(shape, engine) + (adapter?.fixed ?? 0) : 0;
  const { factorRank: k = 0 } = shape;
  // The product, where the output is another tensor: an adapter holds at least as much when it makes the output itself.
  const beforeBias = shape.bias && engine.addsBias === 'after' ? output : 0;
  const inHalves =
    halves && !replaced
      ? Math.max(besideHalves(shape, x.size, output, engine), output + beforeBias) + (adapter?.fixed ?? 0)
      : 0;
  const gradients = trained.kernel + trained.bias + trained.adapter;
  const floats = (count: Floats | undefined) => (count ? count.perRow * x.rows + count.fixed : 0);
  const own = floats(adapter);
  const later = floats(adapter?.later);
  const dropped = (dropsCopy ? x.size : 0) + (drops && x.needs ? x.size : 0);
  const keeps = (frozen ? 0 : own) + dropped;
  const products = besideProducts(x, use, engine);
  const forInput = x.needs ? x.size : 0;
  // Gradients that wait: that of the input from what is dropped, and that of what is left.
  const multipliesBoth = drops && adapter?.baseOfBoth === true;
  const ofBoth = multipliesBoth ? forInput : 0;
  // The adapter's gradient besides; or both and their sum. One that keeps nothing, as a bias of its own, has none for the input.
  const sums = adapter && !replaced && (own > 0 || adapter.backward !== undefined);
  const ofBase = (sums ? Math.max(2 * forInput + products, 3 * forInput) : forInput + products) + ofBoth;
  // The adapter's own operations: their gradient for the input, the input transposed, and a gradient and one product for
  // whatever they keep. Or what it says, when the input's gradient has taken the place of the output's.
  const ofAdapter =
    !adapter || frozen
      ? 0
      : adapter.backward
        ? 2 * ofBoth + floats(adapter.backward) + forInput - output
        : 2 * ofBoth + Math.max(2 * later, forInput + (readsInput && copies(engine) ? x.size : 0) + 2 * (own - later));
  // What is left of a dropped input is multiplied by the base after all else.
  const isAfter = adapter?.baseFirst === true && !multipliesBoth && !frozen && trained.kernel === 0;
  const inner = isAfter ? ofAdapter : Math.max(ofBase, ofAdapter);
  return {
    saves: keepsInput ? [x] : [],
    keeps,
    // The output and what it is made of; or, when there is no output yet, what the adapter makes before.
    forward: Math.max(
      floats(adapter?.before),
      open > 0 ? Math.max(opening, output + beforeBias + open) : 0,
      inHalves,
      own +
        dropped +
        Math.max(
          output +
            Math.max(
              adapter?.beside
                ? floats(adapter.beside) + (multipliesBoth ? x.size + (shape.bias ? 3 : 2) * output : 0)
                : adapter && !replaced
                  ? 2 * output
                  : 0,
              replaced ? 0 : x.rows * k + (adapter ? 0 : beforeBias),
              adapter?.baseMakesOutput ? floats(adapter.beside) + beforeBias : 0,
            ),
          floats(adapter?.transient) - (replaced ? 0 : output),
        ),
    ),
    backward: inner + gradients,
    ...(isAfter && { after: { backward: ofBase + gradients, freed: dropped + adapter.perRow * x.rows } }),
    gradients,
  };
}

/**
 * Mirrors backends/tensorflow-halved.ts: floats at the most while a frozen kernel is multiplied by, its result among them, where a
 * number of 16 bits is half a float.
 *
 * @param from floats of what it is multiplied with
 * @param to floats of the result
 */
function besideHalves(
  { in: inputs, out, packed }: LayerShape,
  from: number,
  to: number,
  { multipliesInBfloat16 }: EngineTraits,
): number {
  const size = inputs * out;
  const opens = packed !== undefined && packed !== 'bfloat16';
  const opening = opens ? packedDtypes[packed].heldFlat * size : 0;
  if (multipliesInBfloat16 === 'atOnce') return Math.max(opening, (opens ? size : 0) + to);
  const lies = packed === 'bfloat16' && size % 2 === 0;
  const kernel = lies ? 0 : size / 2;
  return Math.max(opening, opens ? size + kernel : 0, kernel + (from + to) / 2, to / 2 + to);
}

/** Floats at the most while a packed kernel is opened, those of the open one included. */
function whileOpening({ in: inputs, out, packed }: LayerShape, { opensPacked }: EngineTraits): number {
  return (opensPacked === 'byOperations' && packed ? packedDtypes[packed].heldFlat : 1) * inputs * out;
}

/** A product of a transposed operand copies it first. */
export const copies = ({ transposedOperand }: EngineTraits): boolean => transposedOperand === 'copied';

/** Held beside the base's gradients while the products run that make them. */
function besideProducts(x: Value, { shape, trained, halves, replaced }: LinearUse, engine: EngineTraits): number {
  const { factorRank: k = 0 } = shape;
  const weights = shape.in * shape.out;
  if (halves && !replaced) return x.needs ? besideHalves(shape, x.rows * shape.out, x.size, engine) - x.size : 0;
  // A packed kernel is opened turned, whatever the engine does with operands; the product is not there until it is open.
  const openTurned = shape.packed ? Math.max(weights, whileOpening(shape, engine) - x.size) : k * x.rows;
  if (!copies(engine)) return x.needs && !replaced ? openTurned : 0;
  // The base's gradient with the transposed kernel or, later, beside the transposed input and dW.
  // Through two factors: each turned, beside the gradient between them, and with the first what it becomes.
  const turned = k > 0 ? Math.max(k * (shape.in + x.rows), k * (shape.out + x.rows) - x.size) : weights;
  return Math.max(x.needs && !replaced ? turned : 0, trained.kernel > 0 ? x.size + weights : 0);
}

/** @param ids rows that are looked up */
export function lookupCost(ids: number, { shape, trained, adapter, frozen }: LinearUse): LocalCost {
  const own = adapter ? adapter.perRow * ids + adapter.fixed : 0;
  const output = ids * shape.out;
  const gradients = trained.kernel + trained.adapter;
  return {
    saves: [],
    keeps: frozen ? 0 : own,
    // An adapter's product, and the same shifted.
    forward: own + (adapter ? 2 : 1) * output,
    // A gradient of what the adapter keeps, and one product.
    backward: (adapter && !frozen ? 2 * own : 0) + gradients,
    gradients,
  };
}
