import { sweepKindOf, type TrialKind, type TrialSpec } from '@rankforge/contracts';
import { baselineNames, evaluatorNames } from '@rankforge/evaluators';

/** The kind of trial that a sweep asks for of a method: of one that trains nothing another than of others. */
export function proposedKind({ kind, method }: Pick<TrialSpec, 'kind' | 'method'>): TrialKind {
  const { trial, baseline = trial } = sweepKindOf(kind);
  return baselineNames.includes(method) ? baseline : trial;
}

/** The learning rate of a trial; null where nothing is trained. */
export const learningRateOf = ({ method, learningRate }: Pick<TrialSpec, 'method' | 'learningRate'>): number | null =>
  evaluatorNames.includes(method) ? null : learningRate;
