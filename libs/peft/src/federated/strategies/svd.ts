/** @file FlexLoRA: the mean update of the kernels, at the rank of the factors by a truncated SVD. */

import { Matrix, QrDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { type SingularTriplets, truncatedSvd } from '../../tensor/linalg.js';
import { balanced, below, beside, factorPairs, matrixOf, tensorOf, withoutPairs } from '../factors.js';
import { defineStrategy } from '../strategy.js';
import { mean } from './fedavg.js';

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
  sites: {
    aggregate(messages, { kept }, { subject }) {
      // All else that is trained, such as a head, is averaged.
      const tensors = mean(messages);
      for (const pair of factorPairs(subject)!) {
        const left = beside(messages.map(({ share, tensors }) => matrixOf(tensors.get(pair.a)!).mul(share)));
        const right = below(messages.map(({ tensors }) => matrixOf(tensors.get(pair.b)!)));
        // The scale of the update is in both products, and cancels. A rank above the sides leaves columns of zeros.
        const rank = Math.min(pair.rank, left.rows, right.columns, left.columns);
        const factors = balanced(productSvd(left, right, rank), pair.rank);
        tensors.set(pair.a, tensorOf(factors.a));
        tensors.set(pair.b, tensorOf(factors.b));
      }
      return { tensors, kept };
    },
  },
});
