import type { SweepPlan } from '../planning/sweep-plan.js';

/** Sweeps whose plans are kept: as many as expand at a time in all but the largest installations. */
const keptAtMost = 8;

/**
 * Plans of the sweeps that were expanded last, so that a step does not plan its sweep anew, nor parse and predict again what
 * its configurations share. The oldest goes first; a plan holds at most some thousands of forecasts.
 */
export class KeptPlans {
  private readonly plans = new Map<string, SweepPlan>();

  /** @param isCurrent whether what the plan took from outside its request is as it was */
  find(of: object, isCurrent: (plan: SweepPlan) => boolean): SweepPlan | undefined {
    const key = JSON.stringify(of);
    const plan = this.plans.get(key);
    this.plans.delete(key);
    if (!plan || !isCurrent(plan)) return undefined;
    this.plans.set(key, plan);
    return plan;
  }

  keep(of: object, plan: SweepPlan): void {
    this.plans.set(JSON.stringify(of), plan);
    if (this.plans.size <= keptAtMost) return;
    const [oldest] = this.plans.keys();
    this.plans.delete(oldest!);
  }
}
