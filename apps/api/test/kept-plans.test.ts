import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import type { SweepPlan } from '../src/planning/sweep-plan.js';
import { KeptPlans } from '../src/scheduling/kept-plans.js';

const plan = (trials: number) => partOf<SweepPlan>({ trials });
const of = (rank: number) => ({ spec: { rank: [rank] }, projectId: 'a', onTrialId: null });
const always = () => true;

describe('plans that are kept', () => {
  it('finds a plan by the request it was made of, and by nothing else', () => {
    const plans = new KeptPlans();
    plans.keep(of(4), plan(1));
    expect(plans.find(of(4), always)).toEqual(plan(1));
    expect(plans.find(of(8), always)).toBeUndefined();
    expect(plans.find({ ...of(4), projectId: 'b' }, always)).toBeUndefined();
  });

  it('forgets a plan once something it took from elsewhere has changed', () => {
    const plans = new KeptPlans();
    plans.keep(of(4), plan(1));
    expect(plans.find(of(4), ({ trials }) => trials === 2)).toBeUndefined();
    expect(plans.find(of(4), always)).toBeUndefined();
  });

  it('keeps eight and drops the one that was asked for least lately', () => {
    const plans = new KeptPlans();
    for (let rank = 1; rank <= 8; rank++) plans.keep(of(rank), plan(rank));
    plans.find(of(1), always);
    plans.keep(of(9), plan(9));
    const left = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((rank) => plans.find(of(rank), always));
    expect(left).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
  });
});
