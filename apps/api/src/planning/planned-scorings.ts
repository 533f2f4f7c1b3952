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
  /** By contender and budget: a digest of which configurations fit, of one size however many they are. */
  private readonly fitting = new Map<string, Map<string, number>>();

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
    const byBudget = this.fitting.get(name) ?? new Map<string, number>();
    this.fitting.set(name, byBudget);
    for (const { excess, ...budget } of budgets) {
      if (excess !== undefined || predicted.total > budget.memoryBudgetMiB * MIB) continue;
      const key = budgetKey(budget);
      byBudget.set(key, joined(byBudget.get(key) ?? 0, place));
    }
  }

  count(): number {
    const choices = [...this.fitting.values()].map((byBudget) => new Set(byBudget.values()).size);
    return this.seeds * choices.reduce((sum, count) => sum + count, 0);
  }
}

/** A digest of whole numbers, one after another, in 48 bits: that two budgets have one by chance is of no account for a count. */
function joined(digest: number, next: number): number {
  const [high, low] = [Math.floor(digest / 2 ** 32), digest >>> 0];
  const mixed = Math.imul(low ^ (next + 1), 0x9e37_79b1) >>> 0;
  return ((Math.imul(high, 31) + (mixed >>> 16) + next + 1) & 0xffff) * 2 ** 32 + mixed;
}
