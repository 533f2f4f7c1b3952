/** @file FlexLoRA: the mean update of the kernels, at the rank of the factors by a truncated SVD. */

import { Matrix, QrDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { type SingularTriplets, truncatedSvd } from '../../tensor/linalg.js';
import { balanced, factorPairs, matrixOf, scaleOf, stackedFactors, tensorOf, withoutPairs } from '../factors.js';
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
        // A rank above the sides leaves columns of zeros.
        const rank = Math.min(pair.rank, left.rows, right.columns, left.columns);
        const { a, b } = balanced(productSvd(left.div(scaleOf(subject, pair)), right, rank), pair.rank);
        tensors.set(pair.a, tensorOf(a));
        tensors.set(pair.b, tensorOf(b));
      }
      return { tensors, kept: state.kept };
    },
  },
});
