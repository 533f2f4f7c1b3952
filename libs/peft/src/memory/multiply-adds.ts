/**
 * @file Multiplications with an addition in the matrix products of each kind of operation, from shapes alone: those of a forward
 * pass, and those of the gradients that are asked for. Mirrors the products in engine/.
 */
import type { LayerShape } from '../slots/layer.js';
import type { ProductFactor, TensorProduct } from '../slots/weight.js';
import type { TrainedLinear } from './linear-costs.js';
import { type MultiplyAdds, type SaidMultiplyAdds, unsaid, type Value } from './operation-cost.js';

interface LinearUse {
  shape: LayerShape;
  trained: TrainedLinear;
  /** There is no base kernel to multiply by. */
  replaced: boolean;
  /** The base multiplies an input that has a gradient of its own. */
  changesInput?: boolean;
}

export interface NeedyFactor extends Pick<ProductFactor, 'columns' | 'from'> {
  /** A gradient flows into it. */
  needs: boolean;
  made: MultiplyAdds;
}

/** @param factors those that the adapter multiplies the input by; `unsaid` where no part says them */
export function ofLinear(
  x: Value,
  { shape, trained, replaced, changesInput }: LinearUse,
  factors: readonly NeedyFactor[] | typeof unsaid,
): SaidMultiplyAdds {
  if (factors === unsaid) return unsaid;
  const { factorRank } = shape;
  const kernel = factorRank === undefined ? shape.in * shape.out : factorRank * (shape.in + shape.out);
  const base = replaced ? 0 : x.rows * kernel;
  const own = ofFactors(x, shape, factors);
  return {
    forward: base + own.forward,
    backward: (x.needs || changesInput ? base : 0) + (trained.kernel > 0 ? base : 0) + own.backward,
  };
}

/** `x · f₁ · f₂ …`: the gradient of a factor, and that of what it is multiplied with where something before it has one. */
function ofFactors(x: Value, shape: LayerShape, factors: readonly NeedyFactor[]): MultiplyAdds {
  let width = shape.in;
  let { needs } = x;
  const sum = { forward: 0, backward: 0 };
  for (const factor of factors) {
    if (factor.from) {
      width = factor.from === 'input' ? shape.in : shape.out;
      needs = x.needs;
    }
    const product = x.rows * width * factor.columns;
    sum.forward += product + factor.made.forward;
    sum.backward += (factor.needs ? product : 0) + (needs ? product : 0) + factor.made.backward;
    needs ||= factor.needs;
    width = factor.columns;
  }
  return sum;
}

/** Factors of a layer with what of them is trained. */
export const withNeeds = (factors: readonly ProductFactor[], trained: ReadonlySet<string>): NeedyFactor[] =>
  factors.map(({ columns, of, from, made = [] }) => ({
    columns,
    ...(from && { from }),
    needs: of.some((name) => trained.has(name)),
    made: ofTensors(made, trained),
  }));

/** Products of tensors, with the gradients of those that are trained. */
export function ofTensors(products: readonly TensorProduct[], trained: ReadonlySet<string>): MultiplyAdds {
  const sum = { forward: 0, backward: 0 };
  for (const { rows, inner, columns, left, right } of products) {
    const sides = [left, right].filter((names) => names.some((name) => trained.has(name)));
    sum.forward += rows * inner * columns;
    sum.backward += sides.length * rows * inner * columns;
  }
  return sum;
}

/** How scores are held: all of them, those of some queries at a time, or none, as by a kernel of the engine. */
export type HeldScores = 'whole' | 'chunked' | 'none';

/** @param scores of all heads: batch · heads · queries · keys */
export function ofAttention(
  query: Value,
  key: Value,
  value: Value,
  { scores, headWidth, held }: { scores: number; headWidth: number; held: HeldScores },
): MultiplyAdds {
  const product = scores * headWidth;
  const scored = query.needs || key.needs;
  const gradients = {
    whole: [scored, query.needs, key.needs, value.needs],
    // The scores anew, and gradients of queries and keys together.
    chunked: [scored || value.needs, scored, scored, scored, value.needs],
    none: [scored || value.needs, scored, query.needs, key.needs, value.needs],
  }[held];
  return { forward: 2 * product, backward: gradients.filter(Boolean).length * product };
}

/** Logits of rows of hidden states by a table `[vocabulary, width]`. Gradients count as backward, whenever they are made. */
export function ofVocabulary(hidden: Value, vocabularySize: number, trainsTable: boolean): MultiplyAdds {
  const product = hidden.size * vocabularySize;
  return { forward: product, backward: (hidden.needs ? product : 0) + (trainsTable ? product : 0) };
}

/** Inner products of two sorts of rows `x`. */
export function ofSimilarities(x: Value, pairs: number): SaidMultiplyAdds {
  const product = pairs * x.width;
  return { forward: product, backward: x.needs ? 2 * product : 0 };
}
