/**
 * @file LoRA-FAIR in closed form: A is averaged, and B is what brings the product nearest to the mean update while it stays near the
 * averaged B. With `P = Σ pₖ·Aₖ·Bₖ` it is `B ← (ĀᵀĀ + λI)⁻¹·(ĀᵀP + λB̄)`, the minimum of `‖P − Ā·B‖² + λ‖B − B̄‖²`.
 */
import { Matrix, solve } from 'ml-matrix';
import { z } from 'zod';
import { factorPairs, matrixOf, scaleOf, stackedFactors, tensorOf, withoutPairs } from '../factors.js';
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
      'No code of its authors could be read; here the correction is the exact least squares, not steps along a similarity',
  },
  summary: 'FedAvg of LoRA whose B is corrected so that the product comes nearest to the mean update.',
  config: z.strictObject({
    lambda: z
      .number()
      .positive()
      .default(0.01)
      .describe('Weight λ of the squared distance from the averaged B; large values are FedAvg'),
  }),
  linear: false,
  exact: () => false,
  unfit: (subject) => (factorPairs(subject) ? undefined : withoutPairs(subject)),
  sites: {
    aggregate(messages, { kept }, { subject, config: { lambda } }) {
      const tensors = mean(messages);
      for (const pair of factorPairs(subject)!) {
        const { a, b, rank } = pair;
        const [meanA, meanB] = [matrixOf(tensors.get(a)!), matrixOf(tensors.get(b)!)];
        // Both sides have the scale of the update, which cancels.
        const { left, right } = stackedFactors(messages, pair);
        const scale = scaleOf(subject, pair);
        const across = meanA.transpose();
        const gram = across.mmul(meanA).add(Matrix.eye(rank, rank).mul(lambda));
        const towards = across.mmul(left).mmul(right).div(scale).add(Matrix.mul(meanB, lambda));
        tensors.set(b, tensorOf(solve(gram, towards)));
      }
      return { tensors, kept };
    },
  },
});
