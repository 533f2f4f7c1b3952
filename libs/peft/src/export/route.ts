/** @file Which way an adapter leaves: decided from shapes and the method's record alone. */
import type { LowRankForm, SequencePart, TokensPart } from '../method.js';
import type { LinearLayer } from '../models/config.js';
import { storedModules } from '../models/tensors.js';
import { type PlannedLayer, planTrial, type TrialPlan } from '../training/plan.js';
import type { PlanOptions } from '../training/plan-options.js';
import type { PeftForm } from './form.js';

/** A module of the Hugging Face model with those of our layers in it that carry an adapter. */
export interface TargetedModule {
  name: string;
  conv1d: boolean;
  /** Our layers of the module, in order of its columns. */
  layers: readonly LinearLayer[];
  targeted: readonly PlannedLayer[];
}

export type Route =
  /** peft has the method. */
  | { kind: 'native'; form: PeftForm<unknown> }
  /** Its update is a product of two thin matrices, so it is written as LoRA. */
  | { kind: 'folded'; lowRank: LowRankForm<unknown>; residual: boolean }
  /** It stands before the tokens or beside them: peft has the part, and no weight holds it. */
  | { kind: 'prompt'; part: SequencePart<unknown> }
  /** It is in rows of the table of tokens: peft has the part, and the changed base model holds it too. */
  | { kind: 'tokens'; part: TokensPart<unknown> }
  /** Only the changed base model holds it. */
  | { kind: 'merged'; reason: string };

export interface ExportPlan {
  trial: TrialPlan;
  modules: readonly TargetedModule[];
  route: Route;
}

/**
 * How an adapter of this trial leaves as Python peft reads it.
 *
 * @throws Error as `planTrial`
 */
export function planExport(options: PlanOptions): ExportPlan {
  const trial = planTrial(options);
  const modules = storedModules(options.model)
    .map((module) => ({
      ...module,
      targeted: module.layers.flatMap(({ path }) => trial.layers.filter((layer) => layer.path === path)),
    }))
    .filter(({ targeted }) => targeted.length > 0);
  return { trial, modules, route: chooseRoute(options, trial, modules) };
}

function chooseRoute(
  { method, config, initial }: PlanOptions,
  trial: TrialPlan,
  modules: readonly TargetedModule[],
): Route {
  if (initial === 'random') return { kind: 'merged', reason: 'Its training began from random weights, not the base' };
  const changed = trial.trainedBase.find(({ kind }) => kind !== 'head');
  if (changed) return { kind: 'merged', reason: `${method.title} trains the base model itself, ${changed.path} first` };
  if (method.sequence) return { kind: 'prompt', part: method.sequence };
  if (method.tokens && !method.weight) return { kind: 'tokens', part: method.tokens };
  const { peft: form, weight, init } = method;
  const fused = modules.find(({ layers }) => layers.length > 1);
  const conv1d = modules.find((module) => module.conv1d);
  const refusal = form?.unsupported?.(
    config,
    trial.layers.map(({ shape }) => shape),
    modules.flatMap(({ name, targeted }) => targeted.map(({ shape }) => ({ name, shape }))),
  );
  if (form && !refusal && !fused && (!conv1d || form.conv1d)) return { kind: 'native', form };
  if (init?.changesKernel) {
    return { kind: 'merged', reason: `${method.title} is an update of other kernels than those of the base model` };
  }
  if (weight?.lowRank) return { kind: 'folded', lowRank: weight.lowRank, residual: init?.leavesResidual ?? false };
  const reason = !form
    ? `Python peft has no type for ${method.title}, and its update is not a product of two thin matrices`
    : refusal
      ? `${method.title}: ${refusal}`
      : fused
        ? `${fused.name} holds ${fused.layers.map(({ name }) => name).join(', ')} in one module, and ${method.title} adapts them one by one`
        : `Python peft cannot put ${form.type} on the Conv1D module ${conv1d!.name}`;
  return { kind: 'merged', reason };
}

/** Rank of the LoRA that a layer's adapter is folded to. */
export function foldedRank(route: Extract<Route, { kind: 'folded' }>, { shape, config }: PlannedLayer): number {
  const rank = route.lowRank.rank(shape, config);
  return route.residual && !route.lowRank.frozenA ? 2 * rank : rank;
}
