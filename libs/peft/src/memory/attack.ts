/** @file Memory of a search over what is added to block outputs, and of the pass that trains on what was found. */
import type { Attack } from '../recipes/recipe.js';
import type { TrialPlan } from '../training/plan.js';
import type { Moment } from './moment.js';
import { frozenPlan, passMoments } from './passes.js';
import { type TraceInput, traceStep } from './trace.js';

/**
 * A search over what is added to block outputs, with the model frozen, and the pass that trains on what was found; the gradients of the
 * clean loss wait meanwhile.
 */
export function attackMoments(
  { places }: Attack,
  input: Omit<TraceInput, 'plan'>,
  plan: TrialPlan,
  { gradients, before }: { gradients: number; before: number },
): Moment[] {
  const compared = false;
  const searched = traceStep({
    ...input,
    plan: frozenPlan(plan),
    dropout: 0,
    compared,
    perturbed: { places, trains: true },
  });
  // The gradient of what is added is that of the sum, in one buffer, until the operation before has read it.
  const frozen = searched.map((cost, at) => {
    const next = searched[at + 1];
    const own = cost.name === 'perturbed' ? 0 : cost.gradients;
    return { ...cost, gradients: own + (next?.name === 'perturbed' ? next.gradients : 0) };
  });
  const sizes = frozen.flatMap(({ name, operands }) => (name === 'perturbed' ? [operands[0]!.size] : []));
  const added = sizes.reduce((sum, size) => sum + size, 0);
  const largest = Math.max(...sizes);
  const trained = traceStep({
    ...input,
    plan,
    compared,
    penalized: false,
    perturbed: { places, trains: false },
  });
  const none = { kept: 0, gradients: 0, outputs: 0 };
  const beside = (moments: readonly Moment[]) =>
    moments.map((moment) => ({ ...moment, workspace: moment.workspace + added }));
  return [
    ...beside(passMoments(frozen, none, gradients + before)),
    // The next of one place: the gradient by its length and the sum, or the sum and what is back in the ball.
    { gradients: gradients + before + added, activations: 0, workspace: added + 2 * largest },
    ...beside(passMoments(trained, none, gradients + before)),
    { gradients: 2 * gradients + before, activations: 0, workspace: added },
  ];
}
