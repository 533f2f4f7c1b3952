/** @file FlexLoRA: the mean update of the kernels, at the rank of the factors by a truncated SVD. */

import { type SingularTriplets, truncatedSvd } from '@rankforge/peft/extension';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { balanced, factorPairs, matrixOf, scaleOf, stackedFactors, tensorOf, withoutPairs } from '../factors.js';
import { prefixed } from '../named.js';
import { defineStrategy } from '../strategy.js';
import { meanOfRest } from './fedavg.js';

/** Singular triplets of `left · right`, by way of a core as large as their common side where that is smaller. */
function productSvd(left: Matrix, right: Matrix, rank: number): SingularTriplets {
  if (left.columns >= Math.min(left.rows, right.columns)) return truncatedSvd(left.mmul(right), rank);
  const [one, other] = [new QrDecomposition(left), new QrDecomposition(right.transpose())];
  const core = truncatedSvd(one.upperTriangularMatrix.mmul(other.upperTriangularMatrix.transpose()), rank);
  return {
    left: one.orthogonalMatrix.mmul(core.left),
    values: core.values,
    right: other.orthogonalMatrix.mmul(core.right),
  };
}

/** The first values of A, which the server keeps by the paths of these factors. */
const FIRST = 'first:';

/** Share of the largest singular value below which one is rounding. */
const NEXT_TO_NOTHING = 1e-12;

/**
 * Gives columns without a direction the first values of A, and zeros as their rows of B: the product is the same, and a client can train
 * them, while of two factors of zeros neither has a gradient.
 */
function refilled(
  { a, b }: { a: Matrix; b: Matrix },
  { values, first }: { values: readonly number[]; first: Matrix },
): { a: Matrix; b: Matrix } {
  const least = NEXT_TO_NOTHING * Math.max(...values);
  const found = values.filter((value) => value > least).length;
  if (found === a.columns) return { a, b };
  const rest = first.subMatrix(0, first.rows - 1, found, first.columns - 1);
  return {
    a: a.setSubMatrix(rest, 0, found),
    b: b.setSubMatrix(Matrix.zeros(rest.columns, b.columns), found, 0),
  };
}

export const svd = defineStrategy({
  name: 'svd',
  title: 'FlexLoRA',
  paper: {
    title: 'Federated Fine-tuning of Large Language Models under Heterogeneous Tasks and Client Resources',
    arxiv: '2402.11505',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'No code of its authors could be read; how the singular values are split between the factors is ours: evenly',
  },
  summary:
    'The mean update of the kernels, cut to the rank of the factors by an SVD: the least aggregation error at that rank.',
  config: z.strictObject({}),
  linear: false,
  exact: () => false,
  unfit: (subject) => (factorPairs(subject) ? undefined : withoutPairs(subject)),
  ownRanks: true,
  sites: {
    start: (tensors, { subject }) =>
      prefixed(FIRST, new Map(factorPairs(subject)!.map(({ a }) => [a, tensors.get(a)!] as const))),
    /** The columns that the client has room for, which have the largest singular values. */
    download({ tensors }, { subject, client }) {
      if (client === subject) return tensors;
      const own = new Map(factorPairs(client)!.map((pair) => [pair.layer.path, pair]));
      const sent = new Map(tensors);
      for (const pair of factorPairs(subject)!) {
        const { layer, rank } = own.get(pair.layer.path)!;
        const [a, b] = [pair.a, pair.b].map((path) => matrixOf(tensors.get(path)!)) as [Matrix, Matrix];
        const scale = scaleOf(subject, pair) / scaleOf(client, own.get(layer.path)!);
        sent.set(pair.a, tensorOf(a.subMatrix(0, a.rows - 1, 0, rank - 1)));
        sent.set(pair.b, tensorOf(b.subMatrix(0, rank - 1, 0, b.columns - 1).mul(scale)));
      }
      return sent;
    },
    aggregate(messages, state, { subject }) {
      const tensors = meanOfRest(messages, subject, state.tensors);
      for (const pair of factorPairs(subject)!) {
        const { left, right } = stackedFactors(messages, pair);
        // A rank above the sides, or above the ranks of those who sent, leaves columns without a direction.
        const rank = Math.min(pair.rank, left.rows, right.columns, left.columns);
        const made = productSvd(left.div(scaleOf(subject, pair)), right, rank);
        const first = matrixOf(state.kept.get(`${FIRST}${pair.a}`)!);
        const { a, b } = refilled(balanced(made, pair.rank), { values: made.values, first });
        tensors.set(pair.a, tensorOf(a));
        tensors.set(pair.b, tensorOf(b));
      }
      return { tensors, kept: state.kept };
    },
  },
});
