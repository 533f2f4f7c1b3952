/**
 * @file LoRA-FAIR: A is averaged, and B is what brings the product nearest to the mean update `P = Σ pₖ·Aₖ·Bₖ` while it stays near the
 * averaged B. By least squares it is `B ← (ĀᵀĀ + λI)⁻¹·(ĀᵀP + λB̄)`, the minimum of `‖P − Ā·B‖² + λ‖B − B̄‖²`; by the cosine it is a minimum
 * of `1 − cos(P, Ā·B) + λ‖B − B̄‖`, to which only the direction of the product counts.
 */
import { Matrix, solve } from 'ml-matrix';
import { z } from 'zod';
import { factorPairs, matrixOf, scaleOf, stackedFactors, tensorOf, withoutPairs } from '../factors.js';
import { nearestDirection } from '../nearest-direction.js';
import { defineStrategy } from '../strategy.js';
import { mean } from './fedavg.js';

export const loraFair = defineStrategy({
  name: 'lora-fair',
  title: 'LoRA-FAIR',
  paper: {
    title: 'LoRA-FAIR: Federated LoRA Fine-Tuning with Aggregation and Initialization Refinement',
    arxiv: '2411.14961',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'No code of its authors could be read: the correction is a minimum and not so many steps, and that the paper takes the cosine, with a norm that is not squared, is what summaries of it say',
  },
  summary: 'FedAvg of LoRA whose B is corrected so that the product comes nearest to the mean update.',
  config: z.strictObject({
    discrepancy: z
      .enum(['least-squares', 'cosine'])
      .default('least-squares')
      .describe('What is made small between the product and the mean update: their distance, or their angle'),
    lambda: z
      .number()
      .positive()
      .default(0.01)
      .describe('Weight λ of the distance from the averaged B, squared with least squares; large values are FedAvg'),
  }),
  linear: false,
  exact: () => false,
  unfit: (subject) => (factorPairs(subject) ? undefined : withoutPairs(subject)),
  sites: {
    aggregate(messages, { kept }, { subject, config: { discrepancy, lambda } }) {
      const tensors = mean(messages);
      for (const pair of factorPairs(subject)!) {
        const [a, b] = [matrixOf(tensors.get(pair.a)!), matrixOf(tensors.get(pair.b)!)];
        // Both sides have the scale of the update, which cancels.
        const { left, right } = stackedFactors(messages, pair);
        const given = { a, b, left: left.div(scaleOf(subject, pair)), right, lambda };
        tensors.set(pair.b, tensorOf(discrepancy === 'cosine' ? nearestDirection(given) : leastSquares(given)));
      }
      return { tensors, kept };
    },
  },
});

/** The minimum of `‖left·right − a·X‖² + λ‖X − b‖²` in X. */
function leastSquares({
  a,
  b,
  left,
  right,
  lambda,
}: Record<'a' | 'b' | 'left' | 'right', Matrix> & { lambda: number }) {
  const across = a.transpose();
  const gram = across.mmul(a).add(Matrix.eye(a.columns, a.columns).mul(lambda));
  return solve(gram, across.mmul(left).mmul(right).add(Matrix.mul(b, lambda)));
}
