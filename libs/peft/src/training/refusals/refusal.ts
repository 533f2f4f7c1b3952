/** @file Why a trial cannot be trained. It is asked before a trial is accepted, and by the trainer and the predictor. */
import { planTrial, type TrialPlan } from '../plan.js';
import { PlanError } from '../plan-error.js';
import { apartRules } from './apart.js';
import { baseDtypeRules } from './base-dtype.js';
import { computeDtypeRules } from './compute-dtype.js';
import { methodRules } from './method.js';
import { optimizerRules } from './optimizer.js';
import { optionRules } from './options.js';
import { perLayerRules } from './per-layer.js';
import { recipeRules } from './recipe.js';
import type { RefusedField, Rule, TrialRequest } from './rule.js';
import { runnerRules } from './runner.js';

/** Every rule. The first that a trial breaks is told. */
const rules: readonly Rule[] = [
  ...baseDtypeRules,
  ...computeDtypeRules,
  ...methodRules,
  ...optimizerRules,
  ...recipeRules,
  ...perLayerRules,
  ...optionRules,
  ...apartRules,
  ...runnerRules,
];

export interface Refusal {
  /** The field that is to be changed. */
  field: RefusedField;
  /** A sentence for people on what is wrong and what to do. Each program says the field by the name that it has there. */
  reason: string;
}

/**
 * Why a trial cannot be trained; undefined where it can.
 *
 * @throws Error as `planTrial`
 * @example
 * refusal({ model, method: findMethod('linear-probe'), config: {}, targets: ['query'] })?.field; // 'method'
 */
export function refusal(trial: TrialRequest): Refusal | undefined {
  const asked = planOrRefusal(trial);
  return 'reason' in asked ? asked : undefined;
}

/** The plan that the rules were asked about, or the first that is broken. */
function planOrRefusal(trial: TrialRequest): TrialPlan | Refusal {
  let plan: TrialPlan | undefined;
  const asked = {
    ...trial,
    get plan() {
      plan ??= planTrial(trial);
      return plan;
    },
  };
  for (const { field, broken } of rules) {
    const reason = broken(asked);
    if (reason !== undefined) return { field, reason };
  }
  return asked.plan;
}

/**
 * Plans a trial that is to be trained.
 *
 * @throws PlanError as `planTrial`, or with the reason of a refusal
 */
export function planTraining(trial: TrialRequest): TrialPlan {
  const asked = planOrRefusal(trial);
  if ('reason' in asked) throw new PlanError(asked.reason);
  return asked;
}
