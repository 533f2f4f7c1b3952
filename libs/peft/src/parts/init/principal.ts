/**
 * @file Low-rank factors that start as the principal part of the base weight, whose residual is frozen.
 * Source: arXiv 2404.02948, equations 2 to 4.
 */
import { Matrix } from 'ml-matrix';
import type { InitPart } from '../../method.js';
import { truncatedSvd } from '../../tensor/linalg.js';
import type { LowRankConfig } from '../weight/low-rank.js';
import { hostTensor } from './host.js';

/**
 * `W ≈ U·Σ·Vᵀ` to rank r: `A = U·√(Σ/s)`, `B = √(Σ/s)·Vᵀ`, and the base keeps `W − s·A·B`.
 *
 * @param scale `s` of a configuration.
 */
export function principal<C extends LowRankConfig>(scale: (config: C) => number): InitPart<C> {
  return {
    leavesResidual: true,
    layer({ kernel, config }) {
      const { left, values, right } = truncatedSvd(kernel, config.rank);
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
