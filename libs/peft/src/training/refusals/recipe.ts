/** @file Rules about a recipe that a trial cannot follow: for its data, or beside its method, its optimizer or its options. */
import { findObjective, usualObjective } from '../../objectives/registry.js';
import type { Recipe } from '../../recipes/recipe.js';
import type { AskedTrial, Rule } from './rule.js';

export const recipeRules: readonly Rule[] = [
  rule(({ unfit }, { model, classes, objective, recipe }) => {
    const asked = { objective: findObjective(objective ?? usualObjective(model, classes).name), blocks: model.layers };
    return unfit?.({ ...asked, classes }, recipe!.config);
  }),
  rule(
    ({ loss }, { method }) =>
      loss &&
      method.outputPenalty &&
      `finds the loss of the outputs by itself, and ${method.name} has a penalty over them: leave the recipe out, or choose another method`,
  ),
  rule(
    ({ perturb }, { method }) =>
      perturb &&
      (method.outputPenalty ?? method.featurePenalty) &&
      `runs the model several times for a loss, and ${method.name} compares one pass with another model: leave the recipe out, or choose another method`,
  ),
  rule(
    ({ perturb }, { optimizer, execution }) =>
      perturb &&
      (optimizer?.estimator !== undefined || execution === 'perLayer') &&
      'adds up the gradients of two losses, and here none are there as a whole: choose an optimizer that makes gradients, and execution tree',
  ),
  rule(({ fixed }, trial) => {
    const { name, pruning, serves } = trial.method;
    return (
      fixed &&
      (pruning || serves || trial.plan.adapters.some(({ scheduled }) => scheduled)) &&
      `encodes documents by the model before training, of which ${name} keeps no copy: leave the recipe out, or choose another method`
    );
  }),
  rule(({ select }, { method, recipe }) => {
    const { name, pruning, outputPenalty, synthesis } = method;
    return (
      (select?.warmup?.(recipe!.config) ?? 0) > 0 &&
      (pruning ?? outputPenalty ?? synthesis) &&
      `warms up a training of its own, which ${name} cannot be made in twice: set recipeConfig.warmup to 0, or choose another method`
    );
  }),
  rule(
    ({ loss }, { optimizer }) =>
      loss &&
      optimizer?.estimator &&
      'finds the gradient of its loss, and the optimizer makes none: leave the recipe out, or choose an optimizer that makes gradients',
  ),
  rule(
    ({ loss }, { execution }) =>
      loss &&
      execution === 'perLayer' &&
      'finds its loss between the forward and the backward pass, and execution perLayer updates in the latter: take execution tree, or leave the recipe out',
  ),
];

/** @param because the rest of a sentence that begins with the name of the recipe; nothing where the trial keeps the rule */
function rule(because: (recipe: Recipe, trial: AskedTrial) => string | undefined | false): Rule {
  return {
    field: 'recipe',
    broken(trial) {
      const { recipe } = trial.recipe ?? {};
      const rest = recipe && because(recipe, trial);
      return rest ? `${recipe.name} ${rest}` : undefined;
    },
  };
}
