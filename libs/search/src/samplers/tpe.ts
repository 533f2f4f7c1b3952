import type { Observation } from '../history.js';
import { isFixed, pointAt, type Space } from '../space.js';
import { parzen } from '../tpe/mixture.js';
import { split } from '../tpe/split.js';
import { randomSampler } from './random.js';
import type { Sampler } from './sampler.js';

/** Trials at random before the first that is suggested. */
const STARTUP = 10;
/** Points drawn for each suggestion, of which the best is taken. */
const CANDIDATES = 24;

/**
 * Tree-structured Parzen estimator over all parameters at once: draws points from the density l of the best trials and takes
 * the one with the largest l(x) / g(x), g being the density of the rest.
 *
 * Sources: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; the joint
 * density of Falkner, Klein and Hutter, "BOHB", ICML 2018; the constants and constraints that Optuna 5.0 documents for its
 * TPESampler.
 *
 * @throws RangeError if a trial lacks a parameter or has an objective that is not finite
 */
export const tpeSampler: Sampler = (question) => {
  const { space, direction, history, draws } = question;
  for (const trial of history) check(trial, Object.keys(space));
  const ended = history.filter(({ outcome }) => outcome.kind !== 'running').length;
  if (ended < STARTUP) return randomSampler(question);
  const free: Space = Object.fromEntries(Object.entries(space).filter(([, parameter]) => !isFixed(parameter)));
  const fixed = pointAt(
    space,
    Object.keys(space).map(() => 0),
  );
  if (Object.keys(free).length === 0) return fixed;
  const { good, rest } = split(history, direction);
  const [promising, ordinary] = [good, rest].map((trials) =>
    parzen(
      free,
      trials.map(({ point }) => point),
    ),
  ) as [ReturnType<typeof parzen>, ReturnType<typeof parzen>];
  const scored = promising
    .sample(CANDIDATES, draws)
    .map((point) => ({ point, gain: promising.logDensity(point) - ordinary.logDensity(point) }));
  const { point } = scored.reduce((best, candidate) => (candidate.gain > best.gain ? candidate : best));
  return { ...fixed, ...point };
};

function check({ number, point, outcome }: Observation, names: readonly string[]): void {
  const missing = names.find((name) => !Number.isFinite(point[name]));
  if (missing !== undefined) throw new RangeError(`trial ${number} has no value for ${missing}`);
  if (outcome.kind === 'complete' && !Number.isFinite(outcome.value)) {
    throw new RangeError(`the objective of trial ${number} must be finite, got ${outcome.value}`);
  }
}
