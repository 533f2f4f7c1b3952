/**
 * @file Low-rank factors that start as the principal part of the base weight, whose residual is frozen.
 * Source: arXiv 2404.02948, equations 2 to 4.
 */
import { Matrix } from 'ml-matrix';
import type { InitPart } from '../../method.js';
import { randomizedSvd, type SingularTriplets, truncatedSvd } from '../../tensor/linalg.js';
import type { Random } from '../../tensor/random.js';
import type { LowRankConfig } from '../weight/low-rank.js';
import { gaussian, hostTensor, matrixOf } from './host.js';

/** Principal parts are exact, or found by so many power iterations from a random subspace. */
interface PrincipalConfig extends LowRankConfig {
  iterations?: number | undefined;
}

/**
 * `W ≈ U·Σ·Vᵀ` to rank r: `A = U·√(Σ/s)`, `B = √(Σ/s)·Vᵀ`, and the base keeps `W − s·A·B`.
 *
 * @param scale `s` of a configuration.
 */
export function principal<C extends PrincipalConfig>(scale: (config: C) => number): InitPart<C> {
  return {
    leavesResidual: true,
    layer({ kernel, config, random }) {
      const { left, values, right } = decomposed(kernel, config, random);
      const root = Matrix.diag(values.map((value) => Math.sqrt(value / scale(config))));
      const a = left.mmul(root);
      const b = root.mmul(right.transpose());
      return {
        tensors: { lora_A: hostTensor(a), lora_B: hostTensor(b) },
        kernel: Matrix.sub(kernel, a.mmul(b).mul(scale(config))),
      };
    },
  };
}

function decomposed(kernel: Matrix, { rank, iterations }: PrincipalConfig, random: Random): SingularTriplets {
  if (iterations === undefined) return truncatedSvd(kernel, rank);
  const start = gaussian([Math.min(kernel.rows, kernel.columns), rank], 1, random);
  return randomizedSvd(kernel, matrixOf(start), iterations);
}
