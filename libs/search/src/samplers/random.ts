import { pointAt } from '../space.js';
import type { Sampler } from './sampler.js';

/**
 * Each parameter uniform on its searched interval, whatever was seen.
 *
 * Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012).
 */
export const randomSampler: Sampler = ({ space, draws }) =>
  pointAt(
    space,
    Object.keys(space).map(() => draws()),
  );
