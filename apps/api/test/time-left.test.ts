import type { SweepView } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, spec } from '../../../test/support/trials.js';
import { type Scorings, secondsLeft, type TimeSpent, type Work } from '../src/sweeps/time-left.js';
import { viewOf } from './support/sweep-views.js';

const nothing: Work = {
  sweepId: 's',
  stepsDone: 0,
  stepsTotal: 0,
  scorings: 0,
  scoringsEnded: 0,
  scoringTrials: 0,
  proposed: 0,
};

/** Four trainings of 100 steps and 10 seconds each, two at once: two have ended, and none is under way. */
const halfTrained: Work[] = [
  { ...nothing, stepsDone: 200, stepsTotal: 200 },
  { ...nothing, stepsTotal: 200 },
];
const halfSpent: TimeSpent = { sweepId: 's', secondsTraining: 10, secondsScoring: 0 };
const scorings = (change: Partial<Scorings>): Scorings => ({ done: 0, total: 4, toCome: 0, secondsEach: 3, ...change });

it('adds the scorings that are to come to the steps that are left, each at its own pace', () => {
  expect(secondsLeft(halfTrained, halfSpent, 400, scorings({}))).toBe(10 + 4 * 3);
  expect(secondsLeft(halfTrained, halfSpent, 400, scorings({ total: 0, secondsEach: null }))).toBe(10);
});

it('shrinks while scorings run, and is never zero before the last has ended', () => {
  const trained = { ...nothing, stepsDone: 400, stepsTotal: 400, scorings: 4 };
  const left = [0, 1, 2, 3, 4].map((done) => {
    const spent = { ...halfSpent, secondsTraining: 20, secondsScoring: done * 3 };
    return secondsLeft([trained], spent, 400, scorings({ done }));
  });
  expect(left).toEqual([12, 9, 6, 3, 0]);
});

it('counts the steps alone while nothing is known of scorings', () => {
  expect(secondsLeft(halfTrained, halfSpent, 400, scorings({ secondsEach: null }))).toBe(10);
});

it('says nothing before the first steps, or where scorings alone are left of which nothing is known', () => {
  const started = { ...nothing, stepsDone: 1, stepsTotal: 400 };
  expect(secondsLeft([started], { ...halfSpent, secondsTraining: 5 }, 400, scorings({}))).toBeNull();
  const trained = { ...nothing, stepsDone: 400, stepsTotal: 400, scorings: 4 };
  expect(secondsLeft([trained], halfSpent, 400, scorings({ secondsEach: null }))).toBeNull();
  expect(secondsLeft([nothing], undefined, 0, scorings({ total: 0 }))).toBeNull();
});

describe('time in which nothing ran', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.close());

  const now = Date.now();
  /** An attempt that began and ended so many seconds ago. */
  const attempted = async (trialId: string, number: number, [began, ended]: readonly [number, number]) => {
    const startedAt = new Date(now - began * 1000);
    const endedAt = new Date(now - ended * 1000);
    const id = uuidv7();
    await fixture.db.attempt.create({
      data: { id, trialId, number, leaseToken: number, engine: 'wasm', outcome: 'handed-back', startedAt, endedAt },
    });
    await fixture.db.trial.updateMany({ where: { id: trialId, startedAt: null }, data: { startedAt } });
  };
  const stepsOf = (id: string, step: number) => fixture.db.trial.update({ where: { id }, data: { step } });
  const ended = async (id: string, result: Prisma.InputJsonObject) => {
    await fixture.db.trial.update({ where: { id }, data: { state: 'RUNNING' } });
    await fixture.db.trial.update({ where: { id }, data: { state: 'SUCCEEDED', finishedAt: new Date(), result } });
  };
  const etaSeconds = async (): Promise<SweepView['etaSeconds']> => {
    return (await viewOf(fixture, fixture.sweepId)).etaSeconds;
  };

  it('leaves the pace of a sweep as it was where its trainings went on after ten hours', async () => {
    const [first, second, third] = [await fixture.queued(), await fixture.queued(), await fixture.queued()];
    const scored = await fixture.queued({ kind: 'score', scoresTrialId: first });
    // Two at once for 10 s, then one alone that went on for 20 s after the stop; it was handed back 100 s ago.
    await attempted(first, 1, [36_010, 36_000]);
    await attempted(second, 1, [36_010, 36_000]);
    await attempted(second, 2, [120, 100]);
    await stepsOf(first, 50);
    await stepsOf(second, 70);
    // The only scoring took 5 s.
    await attempted(scored, 1, [125, 120]);
    await ended(scored, {});
    // Of 300 steps 120 were made while 30 s went by.
    expect(await etaSeconds()).toBeCloseTo((180 * 30) / 120, 2);
    // A gap that is short enough to be the platform's own is part of its pace: 4 s before the next 10 s.
    await attempted(third, 1, [96, 86]);
    await stepsOf(third, 60);
    expect(await etaSeconds()).toBeCloseTo((120 * 44) / 180, 2);
  });

  it('takes a scoring for what a training took beside its steps, until another sweep has timed one', async () => {
    const { db, sweepId } = fixture;
    const trained = await fixture.queued();
    await fixture.queued();
    await attempted(trained, 1, [40, 10]);
    await stepsOf(trained, 100);
    await ended(trained, { seconds: 30, medianStepMs: 200 });
    // The other training has as many steps, which took 30 s, and one scoring takes the 10 s that were no step.
    expect(await etaSeconds()).toBeCloseTo(30 + 10, 2);
    const { id: _, ...sweep } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
    const other = await db.sweep.create({
      data: { ...sweep, id: uuidv7(), spec: {}, strategyState: Prisma.DbNull, state: 'COMPLETED' },
    });
    const scored = await fixture.queued({ kind: 'score', scoresTrialId: trained });
    await db.trial.update({ where: { id: scored }, data: { sweepId: other.id } });
    await attempted(scored, 1, [9, 3]);
    await ended(scored, {});
    expect(await etaSeconds()).toBeCloseTo(30 + 6, 2);
    // Its removal does not make what it timed unknown.
    await db.sweep.update({ where: { id: other.id }, data: { removedAt: new Date(), clearAt: new Date() } });
    expect(await etaSeconds()).toBeCloseTo(30 + 6, 2);
  });
});

describe('the total of a sweep', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.close());

  const progress = async () => {
    const { total, scorings } = await viewOf(fixture, fixture.sweepId);
    return { total, scorings };
  };
  const set = (id: string, data: Prisma.TrialUncheckedUpdateInput) => fixture.db.trial.update({ where: { id }, data });
  const succeed = async (id: string) => {
    await set(id, { state: 'RUNNING' });
    await set(id, { state: 'SUCCEEDED', finishedAt: new Date(), result: {} });
  };

  it('has the steps of a rung once, though a training goes on from it', async () => {
    const [rung, next] = [await fixture.queued(), await fixture.queued()];
    await set(rung, { steps: 30, step: 30 });
    await succeed(rung);
    const steps = async () => {
      const { stepsDone, stepsTotal } = await viewOf(fixture, fixture.sweepId);
      return [stepsDone, stepsTotal];
    };
    await set(next, { steps: 90, step: 0, continuesId: rung });
    expect(await steps()).toEqual([30, 90]);
    await set(next, { step: 40, state: 'RUNNING' });
    expect(await steps()).toEqual([40, 90]);
  });

  it('has the scorings in it from the start, and does not grow when they are made', async () => {
    const trainings = [await fixture.queued(), await fixture.queued()];
    await set(trainings[1]!, { seed: 1 });
    const expected = { total: 4, scorings: { done: 0, total: 2 } };
    expect(await progress()).toEqual(expected);
    for (const id of trainings) await succeed(id);
    expect(await progress()).toEqual(expected);
    for (const scoresTrialId of trainings) await fixture.queued({ kind: 'score', scoresTrialId });
    expect(await progress()).toEqual(expected);
  });

  it('has no scoring of a rung, where the training that went on from it failed', async () => {
    const [rung, whole] = [await fixture.queued(), await fixture.queued()];
    await set(rung, { spec: { ...spec, until: 30 } as Prisma.InputJsonObject });
    await succeed(rung);
    expect(await progress()).toEqual({ total: 2 + 1, scorings: { done: 0, total: 1 } });
    await set(whole, { state: 'OVER_BUDGET', continuesId: rung, finishedAt: new Date() });
    expect(await progress()).toEqual({ total: 2, scorings: { done: 0, total: 0 } });
  });

  it('has those of the plan while trainings are still to be created, also where it is paused', async () => {
    const data = { exhausted: false, uncreated: 7, scorings: 6 };
    await fixture.db.sweep.update({ where: { id: fixture.sweepId }, data });
    await fixture.queued();
    expect(await progress()).toEqual({ total: 8 + 6, scorings: { done: 0, total: 6 } });
    await fixture.db.sweep.update({ where: { id: fixture.sweepId }, data: { state: 'PAUSED' } });
    expect(await progress()).toEqual({ total: 8 + 6, scorings: { done: 0, total: 6 } });
    await fixture.db.sweep.update({ where: { id: fixture.sweepId }, data: { state: 'CANCELLED' } });
    expect(await progress()).toEqual({ total: 8, scorings: { done: 0, total: 0 } });
  });

  it('counts a scoring under each budget that other trainings fit, and falls where none of a method can succeed', async () => {
    const [small, large, both] = [
      await fixture.queued({ memoryBudgetMiB: 64 }),
      await fixture.queued({ memoryBudgetMiB: 128 }),
      await fixture.queued({ memoryBudgetMiB: 128 }),
    ];
    // Large and small are one training under two budgets.
    await set(small, { key: large, leaderId: large });
    expect(await progress()).toEqual({ total: 3 + 2, scorings: { done: 0, total: 2 } });
    await set(both, { state: 'OVER_BUDGET', finishedAt: new Date() });
    expect(await progress()).toEqual({ total: 3 + 1, scorings: { done: 0, total: 1 } });
    for (const id of [small, large]) await set(id, { state: 'OVER_BUDGET', finishedAt: new Date() });
    expect(await progress()).toEqual({ total: 3, scorings: { done: 0, total: 0 } });
  });
});
