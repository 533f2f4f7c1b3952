/** @file First values of a core between two projections. */
import { Matrix } from 'ml-matrix';
import type { InitPart } from '../../method.js';
import { truncatedSvd } from '../../tensor/linalg.js';
import type { LowRankConfig } from '../weight/low-rank.js';
import { constant, hostTensor, uniform } from './host.js';

interface CoreFactors<C> {
  /** Whether the singular triplets of the kernel are taken, or chance. */
  spectral(config: C): boolean;
  /** Scale of the weight part. */
  scale(config: C): number;
}

/**
 * Random: `A` uniform on ±1/√in, `R` on ±1/√rank, `B` zero. Spectral: `A = U`, `R = diag(σ)`, `B = Vᵀ` of the rank-r SVD
 * of W, and the base keeps `W − s·A·R·B`.
 */
export function coreFactors<C extends LowRankConfig>({ spectral, scale }: CoreFactors<C>): InitPart<C> {
  return {
    leavesResidual: true,
    layer({ shape, kernel, config, random }) {
      const { rank } = config;
      if (!spectral(config)) {
        return {
          tensors: {
            lora_A: uniform([shape.in, rank], 1 / Math.sqrt(shape.in), random),
            lora_R: uniform([rank, rank], 1 / Math.sqrt(rank), random),
            lora_B: constant([rank, shape.out], 0),
          },
        };
      }
      const { left, values, right } = truncatedSvd(kernel, rank);
      const [middle, b] = [Matrix.diag(values), right.transpose()];
      return {
        tensors: { lora_A: hostTensor(left), lora_R: hostTensor(middle), lora_B: hostTensor(b) },
        kernel: Matrix.sub(kernel, left.mmul(middle).mmul(b).mul(scale(config))),
      };
    },
  };
}
