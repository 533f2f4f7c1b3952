import { budgetKey, MIB, scoringKindOf } from '@rankforge/contracts';
import type { PlannedConfiguration } from './configure.js';
import { contender } from './contender.js';
import { trialKindFor } from './kinds/registry.js';
import type { SweepPlan } from './sweep-plan.js';

/**
 * Counts the scorings that a plan comes to if its trainings fit as predicted and succeed. One configuration of each contender is
 * chosen under each budget, and scored with each seed. Budgets under which the same configurations fit choose the same one.
 */
export class PlannedScorings {
  private readonly seeds: number;
  private added = 0;
  /** By contender and budget: which configurations fit, by the order in which they were added. */
  private readonly fitting = new Map<string, Map<string, number[]>>();

  constructor(private readonly plan: Pick<SweepPlan, 'request'>) {
    const { seed, protocol } = plan.request;
    // A protocol scores the trainings with fresh seeds alone.
    this.seeds = protocol?.finalSeeds ?? seed.length;
  }

  add({ spec, predicted, budgets }: PlannedConfiguration): void {
    const place = this.added++;
    const ofAnySeed = { ...spec, seed: 0 };
    if (scoringKindOf(trialKindFor(this.plan.request, ofAnySeed)) === undefined) return;
    const name = contender(ofAnySeed);
    const byBudget = this.fitting.get(name) ?? new Map<string, number[]>();
    this.fitting.set(name, byBudget);
    for (const { excess, ...budget } of budgets) {
      if (excess !== undefined || predicted.total > budget.memoryBudgetMiB * MIB) continue;
      const key = budgetKey(budget);
      const places = byBudget.get(key);
      if (places) places.push(place);
      else byBudget.set(key, [place]);
    }
  }

  count(): number {
    const choices = [...this.fitting.values()].map((byBudget) => new Set([...byBudget.values()].map(String)).size);
    return this.seeds * choices.reduce((sum, count) => sum + count, 0);
  }
}
