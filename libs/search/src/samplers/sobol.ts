import { scramble, sobolPoint } from '../sobol/sequence.js';
import { pointAt } from '../space.js';
import type { Sampler } from './sampler.js';

/**
 * The trial's number is the place in a scrambled Sobol sequence: points spread evenly whatever was seen. All trials of a
 * search must hand in the same stream, for it makes the scrambling.
 *
 * A power of two trials fills the space most evenly (Owen, "On dropping the first Sobol' point", 2020).
 */
export const sobolSampler: Sampler = ({ space, number, draws }) =>
  pointAt(space, sobolPoint(scramble(Object.keys(space).length, draws), number));
