import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '../src/planning/sweep-plan.js';
import { KeptPlans } from '../src/scheduling/kept-plans.js';

const plan = (trials: number) => ({ trials }) as SweepPlan;
const of = (rank: number) => ({ spec: { rank: [rank] }, projectId: 'a', onTrialId: null });
const always = () => true;

describe('plans that are kept', () => {
  it('are found by what they were made of, and by nothing else', () => {
    const plans = new KeptPlans();
    plans.keep(of(4), plan(1));
    expect(plans.find(of(4), always)).toEqual(plan(1));
    expect(plans.find(of(8), always)).toBeUndefined();
    expect(plans.find({ ...of(4), projectId: 'b' }, always)).toBeUndefined();
  });

  it('are forgotten once what they took from elsewhere is another thing', () => {
    const plans = new KeptPlans();
    plans.keep(of(4), plan(1));
    expect(plans.find(of(4), ({ trials }) => trials === 2)).toBeUndefined();
    expect(plans.find(of(4), always)).toBeUndefined();
  });

  it('are eight: the one that was asked for least lately goes', () => {
    const plans = new KeptPlans();
    for (let rank = 1; rank <= 8; rank++) plans.keep(of(rank), plan(rank));
    plans.find(of(1), always);
    plans.keep(of(9), plan(9));
    const left = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((rank) => plans.find(of(rank), always));
    expect(left).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
  });
});
