/** @file A pass as the prediction walks it: the plan that it sees, and the moments of its forward and backward order. */
import { foundOnce } from '../found-once.js';
import type { TrialPlan } from '../training/plan.js';
import type { Moment } from './moment.js';
import type { OperationCost } from './operation-cost.js';
import { backwardOrder, forwardOrder, keptOf } from './pass-order.js';

/** The plan as a pass sees it whose gradients are of something else than the model, found once. */
export const frozenPlan = foundOnce((plan: TrialPlan): TrialPlan => activePlan(plan, []));

/** The plan as a step sees it that trains no more than these. */
export function activePlan(plan: TrialPlan, info: TrialPlan['info']): TrialPlan {
  if (info === plan.info) return plan;
  const paths = new Set(info.map(({ path }) => path));
  return {
    ...plan,
    info,
    trainedBase: plan.trainedBase.filter(({ path }) => paths.has(path)),
    adapters: plan.adapters.map((adapter) => ({ ...adapter, trained: adapter.trained && paths.has(adapter.path) })),
  };
}

/** Every operation forward and back. `accumulated` gradients of earlier batches are held throughout. */
export function passMoments(
  costs: readonly OperationCost[],
  penalty: { kept: number; gradients: number; outputs: number },
  accumulated: number,
): Moment[] {
  const moments: Moment[] = [];
  for (const { cost, kept } of forwardOrder(costs)) {
    moments.push({ gradients: accumulated, activations: kept, workspace: cost.forward });
  }
  // Logits that a penalty looks at, and its gradient with respect to them.
  moments.push({ gradients: accumulated, activations: keptOf(costs) + penalty.kept, workspace: 2 * penalty.outputs });
  let gradients = accumulated + penalty.gradients;
  for (const { cost, kept, isForward } of backwardOrder(costs)) {
    moments.push({ gradients, activations: kept, workspace: isForward ? cost.forward : cost.backward });
    if (!isForward) gradients += cost.gradients;
  }
  return moments;
}
