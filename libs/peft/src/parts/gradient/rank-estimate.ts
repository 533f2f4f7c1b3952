/** @file A direction of ascent from how good perturbations are, by rank alone. Source: arXiv 2303.03751, section 3. */
import type { GradientEstimator, GradientPart } from '../../method.js';

interface RankConfig {
  /** m, perturbations that are compared. */
  candidates: number;
  /** k, the best ones whose order is known; of the others it is known that they are worse. */
  best: number;
  /** μ, standard deviation of a perturbation. */
  distance: number;
}

/**
 * `ĝ = 1/|E| · Σ (ξ_j − ξ_i)` over the pairs E of which it is known that i is better than j: among the best every pair, and
 * each of them with each of the others. Each perturbation then has a weight, and the weights sum to 0. Of equal losses the
 * earlier candidate counts as the better one.
 */
export function rankEstimator({ candidates, best, distance }: RankConfig): GradientEstimator {
  const pairs = (best * (best - 1)) / 2 + best * (candidates - best);
  return {
    candidates,
    distance,
    weights(losses) {
      const order = [...losses.keys()].sort((a, b) => losses[a]! - losses[b]! || a - b);
      const weights = new Array<number>(candidates).fill(0);
      order.forEach((candidate, place) => {
        const better = place < best ? candidates - 1 - 2 * place : -best;
        weights[candidate] = -better / pairs;
      });
      return weights;
    },
  };
}

/** A gradient part that gets estimates in place of gradients. */
export const estimated = (part: GradientPart, estimator: GradientEstimator): GradientPart => ({ ...part, estimator });
