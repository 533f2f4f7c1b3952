/**
 * @file Multiplications with an addition in the matrix products of each kind of operation, from shapes alone: those of a forward
 * pass, and those of the gradients that are asked for. Mirrors the products in engine/.
 */
import type { LayerShape } from '../slots/layer.js';
import type { ProductFactor } from '../slots/weight.js';
import type { TrainedLinear } from './costs.js';
import { type MultiplyAdds, type SaidMultiplyAdds, unsaid, type Value } from './operation-cost.js';

interface LinearUse {
  shape: LayerShape;
  trained: TrainedLinear;
  /** There is no base kernel to multiply by. */
  replaced: boolean;
  /** What the adapter multiplies the input by, each with whether a gradient flows into it; `unsaid` where no part says it. */
  factors: readonly { columns: number; needs: boolean }[] | typeof unsaid;
}

export function ofLinear(x: Value, { shape, trained, replaced, factors }: LinearUse): SaidMultiplyAdds {
  if (factors === unsaid) return unsaid;
  const { factorRank } = shape;
  const kernel = factorRank === undefined ? shape.in * shape.out : factorRank * (shape.in + shape.out);
  const base = replaced ? 0 : x.rows * kernel;
  const own = ofFactors(x, shape.in, factors);
  return {
    forward: base + own.forward,
    backward: (x.needs ? base : 0) + (trained.kernel > 0 ? base : 0) + own.backward,
  };
}

/** `x · f₁ · f₂ …`: the gradient of a factor, and that of what it is multiplied with where something before it has one. */
function ofFactors(x: Value, width: number, factors: readonly { columns: number; needs: boolean }[]): MultiplyAdds {
  let rows = width;
  let { needs } = x;
  const sum = { forward: 0, backward: 0 };
  for (const factor of factors) {
    const product = x.rows * rows * factor.columns;
    sum.forward += product;
    sum.backward += (factor.needs ? product : 0) + (needs ? product : 0);
    needs ||= factor.needs;
    rows = factor.columns;
  }
  return sum;
}

/** Factors of a layer with what of them is trained. */
export const withNeeds = (factors: readonly ProductFactor[], trained: ReadonlySet<string>) =>
  factors.map(({ columns, of }) => ({ columns, needs: of.some((name) => trained.has(name)) }));

/** @param scores of all heads: batch · heads · queries · keys */
export function ofAttention(query: Value, key: Value, value: Value, scores: number, headWidth: number): MultiplyAdds {
  const product = scores * headWidth;
  const gradients = [query.needs || key.needs, query.needs, key.needs, value.needs];
  return { forward: 2 * product, backward: gradients.filter(Boolean).length * product };
}

/** Logits of rows of hidden states by a table `[vocabulary, width]`. Gradients count as backward, whenever they are made. */
export function ofVocabulary(hidden: Value, vocabularySize: number, trainsTable: boolean): MultiplyAdds {
  const product = hidden.size * vocabularySize;
  return { forward: product, backward: (hidden.needs ? product : 0) + (trainsTable ? product : 0) };
}
