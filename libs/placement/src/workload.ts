/** @file Trials to simulate: sizes and durations as a sweep over ranks and base models mixes them. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { SimulatedTrial } from './simulate.js';

const MIB = 1024 * 1024;

/** Memory classes in MiB and how often each is drawn: many small trials, few that take most of a card of 80 GiB. */
const mix = [
  { classMiB: 1024, weight: 40 },
  { classMiB: 4096, weight: 30 },
  { classMiB: 16_384, weight: 20 },
  { classMiB: 32_768, weight: 7 },
  { classMiB: 65_536, weight: 3 },
] as const;

/**
 * Trials in the order in which they come.
 *
 * @param meanSeconds mean duration; durations are exponential, between 5 s and ten times the mean
 * @param arrivals mean seconds between two (exponential); 0: all wait from the beginning
 */
export function mixedTrials(input: {
  count: number;
  seed: number;
  meanSeconds: number;
  arrivals: number;
}): SimulatedTrial[] {
  const random = xoroshiro128plus(input.seed);
  const uniform = () => uniformFloat64(random);
  const exponential = (mean: number) => -mean * Math.log(1 - uniform());
  const weights = mix.reduce((sum, { weight }) => sum + weight, 0);
  let arrivesMs = 0;
  return Array.from({ length: input.count }, () => {
    let at = uniform() * weights;
    const { classMiB } = mix.find(({ weight }) => {
      at -= weight;
      return at < 0;
    })!;
    arrivesMs += exponential(input.arrivals * 1000);
    return {
      arrivesMs,
      classBytes: classMiB * MIB,
      // A class holds what is above half of it.
      predictedBytes: Math.ceil(classMiB * MIB * (0.5 + 0.5 * uniform())),
      durationMs: 1000 * Math.min(10 * input.meanSeconds, Math.max(5, exponential(input.meanSeconds))),
    };
  });
}
