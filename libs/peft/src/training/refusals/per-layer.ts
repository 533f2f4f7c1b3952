/** @file Rules about updates that cannot be made while the backward pass runs. */
import { actingRank } from '../../method.js';
import { sourcedParameters } from '../../models/config.js';
import { headTable } from '../../objectives/registry.js';
import type { AskedTrial, RefusedField, Rule } from './rule.js';

export const perLayerRules: readonly Rule[] = [
  rule(
    'clipNorm',
    ({ clipNorm }) =>
      clipNorm !== undefined &&
      clipNorm !== null &&
      `frees each gradient before the next is made, and clipNorm ${clipNorm} needs the norm of all of them: set clipNorm to null`,
  ),
  rule(
    'accumulate',
    ({ accumulate = 1 }) =>
      accumulate > 1 &&
      `applies every gradient of a batch, and accumulate ${accumulate} needs sums over batches: set accumulate to 1`,
  ),
  rule(
    'execution',
    ({ optimizer }) =>
      (optimizer?.estimator !== undefined || optimizer?.besides !== undefined) &&
      'updates in the backward pass, and the optimizer makes none, or two: choose another',
  ),
  rule(
    'execution',
    ({ optimizer }) =>
      optimizer?.scope === 'tree' &&
      'hands gradients over one by one, and the optimizer needs all at once: choose another',
  ),
  rule('execution', (trial) => {
    const whole = wholeStepPart(trial);
    return (
      whole !== undefined &&
      `hands gradients over one by one, and ${trial.method.name} has ${whole}: choose another method`
    );
  }),
  rule('execution', (trial) => {
    const tied = tiedTensors(trial);
    return (
      tied.length > 0 &&
      `updates what one place of the model reads, and several read ${tied.join(', ')}: choose a method that leaves them as they are, or a base model without`
    );
  }),
];

/** @param because the rest of a sentence about `execution perLayer`, which ends with what to do; false where nothing is wrong */
function rule(field: RefusedField, because: (trial: AskedTrial) => string | false): Rule {
  return {
    field,
    broken(trial) {
      const rest = trial.execution === 'perLayer' && because(trial);
      return rest ? `execution perLayer ${rest}, or take execution tree` : undefined;
    },
  };
}

/** The part of a method that looks at a step as a whole, for people. */
function wholeStepPart({ method, config }: AskedTrial): string | undefined {
  const { penalty, featurePenalty, outputPenalty } = method;
  if (actingRank(method, config)) return 'a rank part that looks at the gradients of a step';
  if (penalty) return 'a penalty over all its tensors';
  if (featurePenalty) return 'a penalty over what all its blocks put out';
  return outputPenalty && 'a penalty over outputs';
}

/** Trained tensors that are read in several places, by path. */
function tiedTensors({ plan, ...trial }: AskedTrial): string[] {
  const { model } = trial;
  // Where next tokens are predicted the head is a table; one that a file does not hold for the head is the embedding's.
  const head = headTable(trial);
  const own = sourcedParameters(model).find(({ path }) => path === head)?.source.outside ?? false;
  return [
    ...plan.adapters.filter(({ trained, users }) => trained && users.length > 1).map(({ path }) => path),
    ...plan.trainedBase.filter(({ path }) => path === head && !own).map(({ path }) => path),
  ];
}
