/** @file The matrix products of a training step, from shapes alone. */
import { attackOf } from '../recipes/recipe.js';
import { featureWeight } from '../training/penalties.js';
import { planTraining } from '../training/refusals/refusal.js';
import { ofTensors } from './multiply-adds.js';
import { type MultiplyAdds, unsaid } from './operation-cost.js';
import { frozenPlan } from './passes.js';
import { inRows, onTrained, type PredictInput } from './predict.js';
import { type TraceInput, traceStep } from './trace.js';

/**
 * Multiplications with an addition in the matrix products of a training step: of its forward passes and of the gradients of their
 * losses, with what is run again for them. What an optimizer multiplies is not among them, nor what a rank part does between steps. Undefined where the method has a
 * part of which nobody says them, as one that compares outputs, or where data or chance decide the shapes.
 *
 * @throws Error as `predictMemory`
 */
export function predictProducts(given: PredictInput): MultiplyAdds | undefined {
  const trained = onTrained(given);
  const input = inRows(trained);
  const { method, config, optimizer, accumulate = 1, dropout = 0 } = input;
  const isUnsaid =
    (method.penalty !== undefined && !method.penalty.multiplies) ||
    method.outputPenalty !== undefined ||
    featureWeight(method, config) > 0 ||
    optimizer.estimator !== undefined ||
    optimizer.besides !== undefined ||
    optimizer.activeSets !== undefined ||
    // The data decides the ranks.
    method.allocate !== undefined;
  if (isUnsaid) return undefined;
  const plan = planTraining(trained);
  const attack = attackOf(input.recipe, input.model.layers);
  const productsOf = (trace: TraceInput) =>
    traceStep({ ...trace, alikeOnce: true })
      .flatMap((cost) => [cost, ...(cost.again ?? [])])
      .map(({ multiplyAdds }) => multiplyAdds);
  // The loss of a recipe is found on the host.
  const hostLoss = input.recipe?.recipe.loss ? { logitsOnly: input.batchSize } : {};
  const passes = productsOf({ ...input, plan, dropout, ...hostLoss });
  if (attack) {
    const { places, steps } = attack;
    const frozen = productsOf({ ...input, plan: frozenPlan(plan), dropout: 0, perturbed: { places, trains: true } });
    for (let step = 0; step < steps; step++) passes.push(...frozen);
    passes.push(...productsOf({ ...input, plan, dropout, perturbed: { places, trains: false } }));
  }
  const trainedNames = new Set(plan.adapters.flatMap(({ name, trained }) => (trained ? [name] : [])));
  const shapes = plan.layers.map(({ shape }) => shape);
  const ofPenalty = ofTensors(method.penalty?.multiplies?.(shapes, config) ?? [], trainedNames);
  // A penalty is added once to the loss of a step.
  const sum = { ...ofPenalty };
  for (const of of passes) {
    if (of === unsaid) return undefined;
    sum.forward += accumulate * of.forward;
    sum.backward += accumulate * of.backward;
  }
  return sum;
}
