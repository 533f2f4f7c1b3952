import { queueName, trialStates, trialTransitions } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, spec } from '../../../test/support/trials.js';
import {
  awaitTurns,
  claimTrial,
  endAttempt,
  endLostAttempts,
  expireLeases,
  finishTrial,
  finishTrials,
  handBack,
  type Lease,
  recordArtifact,
  recordLog,
  recordMetrics,
  recordResume,
  renewLeases,
  type TrialEnd,
  type TrialOutcome,
} from '../src/index.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const claim = (trialId: string, leaseSeconds = 30) =>
  claimTrial(fixture.db, { trialId, workerId: fixture.workerId, device: 'host', leaseSeconds });

async function claimed(fields?: Parameters<Fixture['queued']>[0], leaseSeconds?: number): Promise<Lease> {
  const found = await claim(await fixture.queued(fields), leaseSeconds);
  if (!found) throw new Error('the fixture trial could not be claimed');
  return found.lease;
}

const trial = (id: string) => fixture.db.trial.findUniqueOrThrow({ where: { id }, include: { attemptList: true } });

const success: TrialOutcome = {
  state: 'SUCCEEDED',
  result: { validation: { loss: 2.5 }, seconds: 3 },
  measured: memory,
  objective: 2.5,
  step: 100,
};

/** A lease whose trial has since been taken over by another claim. */
async function zombie(): Promise<{ old: Lease; current: Lease }> {
  const old = await claimed();
  await handBack(fixture.db, old, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  const again = await claim(old.trialId);
  return { old, current: again?.lease as Lease };
}

/** Makes a lease run out now, without waiting for it. */
const runOut = (lease: Lease) =>
  fixture.db
    .$executeRaw`UPDATE "Trial" SET "leaseExpiresAt" = now() - interval '1 s' WHERE "id" = ${lease.trialId}::uuid`;

describe('claim', () => {
  it('gives a trial to one of many claimers', async () => {
    const id = await fixture.queued();
    const results = await Promise.all(Array.from({ length: 8 }, () => claim(id)));
    const winners = results.filter((result) => result !== undefined);
    expect(winners).toHaveLength(1);
    expect(winners[0]).toMatchObject({
      lease: { trialId: id, token: 1 },
      attempt: 1,
      kind: 'train',
      spec,
      objective: { metric: 'loss', direction: 'minimize' },
      memoryBudgetMiB: 64,
      predicted: memory,
      timeoutSeconds: 60,
      checkpoints: [],
    });
    const row = await trial(id);
    expect(row).toMatchObject({ state: 'RUNNING', attempts: 1, leaseToken: 1n, workerId: fixture.workerId });
    expect(row.attemptList).toMatchObject([
      { number: 1, leaseToken: 1n, device: 'host', engine: 'wasm', endedAt: null },
    ]);
  });

  it('finds nothing in a paused sweep, and finds the trial after it goes on', async () => {
    const id = await fixture.queued();
    await fixture.db.sweep.update({ where: { id: fixture.sweepId }, data: { state: 'PAUSED' } });
    expect(await claim(id)).toBeUndefined();
    await fixture.db.sweep.update({ where: { id: fixture.sweepId }, data: { state: 'RUNNING' } });
    expect((await claim(id))?.attempt).toBe(1);
  });

  it('hands over the checkpoints, newest first, and the adapter of the trial that is scored', async () => {
    const trained = await claimed();
    const adapter = { kind: 'adapter' as const, step: 100, sha256: 'a'.repeat(64), bytes: 10 };
    await recordArtifact(fixture.db, trained, adapter, { keep: 1 });
    for (const step of [50, 100, 150]) {
      const checkpoint = { kind: 'checkpoint' as const, step, sha256: `${step}`.padStart(64, '0'), bytes: step };
      const recorded = await recordArtifact(fixture.db, trained, checkpoint, { keep: 2 });
      expect(recorded).toEqual({ held: true, unreferenced: step === 150 ? ['50'.padStart(64, '0')] : [] });
    }
    await handBack(fixture.db, trained, { outcome: 'handed-back', reason: 'drain', logTail: '' });
    const again = await claim(trained.trialId);
    expect(again?.checkpoints.map(({ step, bytes }) => ({ step, bytes }))).toEqual([
      { step: 150, bytes: 150 },
      { step: 100, bytes: 100 },
    ]);

    const scoring = await claim(await fixture.queued({ kind: 'score', scoresTrialId: trained.trialId }));
    expect(scoring?.scores).toEqual({
      trialId: trained.trialId,
      adapter: { step: 100, sha256: 'a'.repeat(64), bytes: 10 },
    });
  });
});

describe('renewal', () => {
  it('tells held, cancelled and lost leases apart', async () => {
    const held = await claimed();
    const cancelled = await claimed();
    await fixture.db.trial.update({ where: { id: cancelled.trialId }, data: { state: 'CANCELLED' } });
    const pruned = await claimed();
    await fixture.db.trial.update({ where: { id: pruned.trialId }, data: { state: 'PRUNED' } });
    const { old } = await zombie();
    expect(Object.fromEntries(await renewLeases(fixture.db, [held, cancelled, pruned, old], 30))).toEqual({
      [held.trialId]: 'held',
      [cancelled.trialId]: 'cancelled',
      [pruned.trialId]: 'cancelled',
      [old.trialId]: 'lost',
    });
  });

  it('keeps a lease that ran out and that nobody took', async () => {
    const lease = await claimed();
    await runOut(lease);
    expect((await renewLeases(fixture.db, [lease], 30)).get(lease.trialId)).toBe('held');
    expect((await expireLeases(fixture.db, { graceSeconds: 0 })).map(({ trialId }) => trialId)).not.toContain(
      lease.trialId,
    );
  });
});

describe('an attempt whose trial was told to stop', () => {
  it('ends with its trial where its worker was killed before it heard of that, and is left to a worker that may still', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const stopped = async (state: 'CANCELLED' | 'PRUNED', minutes: number): Promise<string> => {
      const { trialId } = await claimed();
      await fixture.db.attempt.updateMany({ where: { trialId }, data: { startedAt: ago(60) } });
      await fixture.db.trial.update({ where: { id: trialId }, data: { state, finishedAt: ago(minutes) } });
      return trialId;
    };
    const lost = [await stopped('CANCELLED', 20), await stopped('PRUNED', 30)];
    const left = [await stopped('CANCELLED', 5), await stopped('PRUNED', 5), (await claimed()).trialId];
    expect(await endLostAttempts(fixture.db)).toBe(2);
    for (const id of lost) {
      const { finishedAt, attemptList } = await trial(id);
      const reason = 'its worker was lost before it heard that the trial had ended';
      expect(attemptList).toMatchObject([{ outcome: 'cancelled', reason, endedAt: finishedAt }]);
    }
    for (const id of left) expect((await trial(id)).attemptList).toMatchObject([{ outcome: null, endedAt: null }]);
    expect(await endLostAttempts(fixture.db)).toBe(0);
  });
});

describe('expiry', () => {
  it('ends an attempt when its lease ran out, though that is found an hour later', async () => {
    const { trialId } = await claimed();
    const [began, ranOut] = [new Date(Date.now() - 2 * 3_600_000), new Date(Date.now() - 3_600_000)];
    await fixture.db.attempt.updateMany({ where: { trialId }, data: { startedAt: began } });
    await fixture.db.trial.update({ where: { id: trialId }, data: { leaseExpiresAt: ranOut } });
    await expireLeases(fixture.db, { graceSeconds: 0 });
    expect((await trial(trialId)).attemptList).toMatchObject([{ outcome: 'lease-lost', endedAt: ranOut }]);
  });

  it('puts the trial back on its queue with one wake-up, and the next claim has a larger token', async () => {
    const lease = await claimed();
    await runOut(lease);
    const [first, second] = await Promise.all([
      expireLeases(fixture.db, { graceSeconds: 0 }),
      expireLeases(fixture.db, { graceSeconds: 0 }),
    ]);
    expect([...first, ...second]).toEqual([{ trialId: lease.trialId, state: 'QUEUED' }]);
    expect(await fixture.db.outbox.findMany({ where: { trialId: lease.trialId } })).toMatchObject([
      { queue: queueName('wasm', 64), attempt: 1, priority: 50 },
    ]);
    expect(await claim(lease.trialId)).toMatchObject({ lease: { token: 2 }, attempt: 2 });
    const row = await trial(lease.trialId);
    expect(row.attemptList.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'lease-lost'],
      [2, null],
    ]);
  });

  it('fails the trial when its attempts are used up', async () => {
    const lease = await claimed({ maxAttempts: 1 });
    await runOut(lease);
    expect(await expireLeases(fixture.db, { graceSeconds: 0 })).toEqual([{ trialId: lease.trialId, state: 'FAILED' }]);
    expect(await trial(lease.trialId)).toMatchObject({
      state: 'FAILED',
      reason: 'its worker was lost, and this was attempt 1 of 1',
    });
  });

  it('spares leases while the server has been up for less than the grace', async () => {
    const lease = await claimed();
    await runOut(lease);
    expect(await expireLeases(fixture.db, { graceSeconds: 86_400 })).toEqual([]);
    expect((await trial(lease.trialId)).state).toBe('RUNNING');
    await handBack(fixture.db, lease, { outcome: 'handed-back', reason: 'cleanup', logTail: '' });
  });
});

describe('metrics', () => {
  const loss = (step: number, value: number) => ({ name: 'train/loss', step, value });

  it('have neither gap nor duplicate after a resume, and take the values of the attempt that went on', async () => {
    const first = await claimed();
    await recordMetrics(fixture.db, first, {
      points: [1, 2, 3, 4].map((step) => loss(step, 0.1 + step)),
      step: 4,
      loss: 4.1,
    });
    await handBack(fixture.db, first, { outcome: 'handed-back', reason: 'drain', logTail: '' });
    const second = (await claim(first.trialId))?.lease as Lease;
    await recordResume(fixture.db, second, 2);
    const repeated = [loss(3, 30.1), loss(3, 30.25), loss(4, 40.25), loss(5, 5e-7)];
    expect(await recordMetrics(fixture.db, second, { points: repeated, step: 5, loss: 5e-7 })).toBe(true);
    const stored = await fixture.db.metric.findMany({ where: { trialId: first.trialId }, orderBy: { step: 'asc' } });
    expect(stored.map(({ step, value }) => [step, value])).toEqual([
      [1, 1.1],
      [2, 2.1],
      [3, 30.25],
      [4, 40.25],
      [5, 5e-7],
    ]);
    const row = await trial(first.trialId);
    expect(row).toMatchObject({ step: 5, loss: 5e-7 });
    expect(row.attemptList.map(({ resumedFromStep }) => resumedFromStep)).toEqual([null, 2]);
    const events = await fixture.db.event.findMany({ where: { trialId: first.trialId, type: 'trial.progress' } });
    expect(events.map(({ data }) => data)).toEqual([
      { step: 4, loss: 4.1 },
      { step: 5, loss: 5e-7 },
    ]);
  });

  it('refuse a value that is not finite and name it', async () => {
    const lease = await claimed();
    const batch = { points: [loss(1, 2), loss(2, Number.NaN)], step: 2, loss: null };
    await expect(recordMetrics(fixture.db, lease, batch)).rejects.toThrow('train/loss of step 2 is NaN');
    expect(await fixture.db.metric.count({ where: { trialId: lease.trialId } })).toBe(0);
  });
});

describe('a stale token', () => {
  it('changes nothing, whatever it tries', async () => {
    const { old, current } = await zombie();
    const before = await trial(old.trialId);
    const events = await fixture.db.event.count();

    expect(
      await recordMetrics(fixture.db, old, { points: [{ name: 'train/loss', step: 1, value: 1 }], step: 1, loss: 1 }),
    ).toBe(false);
    const artifact = { kind: 'checkpoint' as const, step: 1, sha256: 'b'.repeat(64), bytes: 1 };
    expect(await recordArtifact(fixture.db, old, artifact, { keep: 2 })).toEqual({ held: false, unreferenced: [] });
    expect(await finishTrial(fixture.db, old, success, '')).toBe(false);
    expect(await handBack(fixture.db, old, { outcome: 'child-died', reason: 'x', logTail: '' })).toBeUndefined();
    expect(await endAttempt(fixture.db, old, { outcome: 'lease-lost', reason: 'x', logTail: 'x' })).toBe(false);
    await recordResume(fixture.db, old, 7);

    expect(await trial(old.trialId)).toEqual(before);
    expect(await fixture.db.metric.count({ where: { trialId: old.trialId } })).toBe(0);
    expect(await fixture.db.artifact.count({ where: { trialId: old.trialId } })).toBe(0);
    expect(await fixture.db.event.count()).toBe(events);
    expect((await renewLeases(fixture.db, [current], 30)).get(old.trialId)).toBe('held');
  });
});

describe('the end', () => {
  it('is written once by two concurrent finishers', async () => {
    const lease = await claimed();
    const overBudget: TrialOutcome = {
      state: 'OVER_BUDGET',
      reason: 'too much',
      measured: memory,
      dominantPart: 'activations',
    };
    const [a, b] = await Promise.all([
      finishTrial(fixture.db, lease, success, 'log of success'),
      finishTrial(fixture.db, lease, overBudget, 'log of the other'),
    ]);
    expect([a, b].sort()).toEqual([false, true]);
    const row = await trial(lease.trialId);
    const states = await fixture.db.event.findMany({
      where: { trialId: lease.trialId, type: 'trial.state' },
      orderBy: { id: 'asc' },
    });
    expect(states.map(({ data }) => (data as { to: string }).to)).toEqual(['QUEUED', 'RUNNING', row.state]);
    expect(row.attemptList).toHaveLength(1);
    expect(row.attemptList[0]).toMatchObject(
      a ? { outcome: 'succeeded', logTail: 'log of success' } : { outcome: 'over-budget', logTail: 'log of the other' },
    );
  });

  it('keeps result, measured bytes, objective and example scores', async () => {
    const lease = await claimed();
    await finishTrial(fixture.db, lease, { ...success, exampleScores: { perplexity: [1, 0.5, 1e-9] } }, 'done');
    expect(await trial(lease.trialId)).toMatchObject({
      state: 'SUCCEEDED',
      result: { validation: { loss: 2.5 }, seconds: 3 },
      measured: memory,
      measuredBytes: 7000n,
      dominantPart: 'activations',
      objective: 2.5,
      exampleScores: { perplexity: [1, 0.5, 1e-9] },
      step: 100,
      leaseExpiresAt: null,
    });
  });

  it('fails a trial whose attempts are used up; handing back in order costs none', async () => {
    const lease = await claimed({ maxAttempts: 1 });
    expect(await handBack(fixture.db, lease, { outcome: 'handed-back', reason: 'drain', logTail: '' })).toBe('QUEUED');
    const second = (await claim(lease.trialId))?.lease as Lease;
    expect(
      await handBack(fixture.db, second, { outcome: 'child-died', reason: 'the child was killed', logTail: '' }),
    ).toBe('FAILED');
    expect(await trial(lease.trialId)).toMatchObject({
      state: 'FAILED',
      reason: 'the child was killed; this was attempt 2 of 2',
    });
  });
});

describe('ends of several trials in one statement', () => {
  const ended = (lease: Lease, fields: Partial<TrialEnd> = {}): TrialEnd => ({
    lease,
    outcome: success,
    logTail: `log of ${lease.trialId}`,
    ...fields,
  });
  const artifact = (kind: 'adapter' | 'checkpoint', step: number, letter: string) => ({
    kind,
    step,
    sha256: letter.repeat(64),
    bytes: step,
  });
  const finish = (ends: readonly TrialEnd[]) => finishTrials(fixture.db, ends, { locked: 'pass-over' });
  const artifactsOf = async (trialId: string) =>
    (await fixture.db.artifact.findMany({ where: { trialId }, orderBy: { step: 'asc' } })).map(
      ({ kind, step, sha256, bytes }) => ({ kind, step, sha256, bytes: Number(bytes) }),
    );

  it('write each trial by its own lease, and nothing where that is lost', async () => {
    const { old, current } = await zombie();
    const [first, second] = [await claimed(), await claimed()];
    const untouched = await trial(old.trialId);
    const failure: TrialOutcome = { state: 'FAILED', reason: 'its data are gone', attempt: 'failed' };
    const written = await finish([
      ended(first),
      ended(old, { artifacts: [artifact('adapter', 100, 'c')], dropsCheckpoints: true }),
      ended(second, { outcome: failure }),
    ]);
    expect([...written.keys()].toSorted()).toEqual([first.trialId, second.trialId].toSorted());
    expect(await trial(old.trialId)).toEqual(untouched);
    expect(await artifactsOf(old.trialId)).toEqual([]);
    expect(await trial(first.trialId)).toMatchObject({
      state: 'SUCCEEDED',
      result: { validation: { loss: 2.5 }, seconds: 3 },
      objective: 2.5,
      measuredBytes: 7000n,
      reason: null,
      attemptList: [{ outcome: 'succeeded', logTail: `log of ${first.trialId}` }],
    });
    expect(await trial(second.trialId)).toMatchObject({
      state: 'FAILED',
      result: null,
      objective: null,
      reason: 'its data are gone',
      attemptList: [{ outcome: 'failed', reason: 'its data are gone', logTail: `log of ${second.trialId}` }],
    });
    expect([...(await finish([ended(first, { outcome: failure }), ended(current)])).keys()]).toEqual([old.trialId]);
  });

  it('bring artifacts in place of earlier ones, drop checkpoints, and tell what nothing refers to any more', async () => {
    const [kept, dropping] = [await claimed(), await claimed()];
    await recordArtifact(fixture.db, kept, artifact('checkpoint', 50, 'd'), { keep: 2 });
    for (const [kind, step, letter] of [
      ['adapter', 40, 'e'],
      ['checkpoint', 50, 'd'],
      ['checkpoint', 60, 'f'],
    ] as const)
      await recordArtifact(fixture.db, dropping, artifact(kind, step, letter), { keep: 2 });
    const written = await finish([
      ended(kept, { artifacts: [artifact('adapter', 100, '1')] }),
      ended(dropping, { artifacts: [artifact('adapter', 100, '2')], dropsCheckpoints: true }),
    ]);
    // What another trial still has stays in the store.
    expect(written.get(kept.trialId)).toEqual({ unreferenced: [] });
    expect(written.get(dropping.trialId)!.unreferenced.toSorted()).toEqual(['e'.repeat(64), 'f'.repeat(64)]);
    expect(await artifactsOf(kept.trialId)).toEqual([artifact('checkpoint', 50, 'd'), artifact('adapter', 100, '1')]);
    expect(await artifactsOf(dropping.trialId)).toEqual([artifact('adapter', 100, '2')]);
  });

  it('pass over a trial whose row is locked', async () => {
    const [locked, free] = [await claimed(), await claimed()];
    await fixture.db.$transaction(async (other) => {
      await other.$queryRaw`SELECT 1 FROM "Trial" WHERE "id" = ${locked.trialId}::uuid FOR UPDATE`;
      expect([...(await finish([ended(locked), ended(free)])).keys()]).toEqual([free.trialId]);
    });
    expect((await trial(locked.trialId)).state).toBe('RUNNING');
    expect(await finishTrial(fixture.db, locked, success, '')).toBe(true);
  });
});

describe('a text that Postgres cannot keep', () => {
  const foreign = 'it said "\u0000" and "\ud83d"';
  const cleaned = 'it said "\ufffd" and "\ufffd"';

  const ends: [string, (lease: Lease) => Promise<unknown>, object][] = [
    [
      'failed',
      (lease) => finishTrial(fixture.db, lease, { state: 'FAILED', reason: foreign, attempt: 'failed' }, foreign),
      { state: 'FAILED', reason: cleaned },
    ],
    [
      'handed-back',
      (lease) => handBack(fixture.db, lease, { outcome: 'handed-back', reason: foreign, logTail: foreign }),
      { state: 'QUEUED' },
    ],
    [
      'cancelled',
      (lease) => endAttempt(fixture.db, lease, { outcome: 'cancelled', reason: foreign, logTail: foreign }),
      { state: 'RUNNING' },
    ],
  ];
  it.each(ends)('ends an attempt as %s, with a mark in the place of each letter', async (outcome, end, row) => {
    const lease = await claimed();
    await recordLog(fixture.db, lease, foreign);
    expect((await trial(lease.trialId)).attemptList).toMatchObject([{ logTail: cleaned }]);
    await end(lease);
    const ended = { outcome, reason: cleaned, logTail: cleaned };
    expect(await trial(lease.trialId)).toMatchObject({ ...row, attemptList: [ended] });
  });

  it('does not keep a federation from its wait', async () => {
    const lease = await claimed();
    await awaitTurns(fixture.db, lease, { round: 0, clients: [] }, foreign);
    expect((await trial(lease.trialId)).attemptList).toMatchObject([{ outcome: 'waits', logTail: cleaned }]);
  });
});

describe('the state table', () => {
  it('is the one of the contracts', async () => {
    const rows = await fixture.db.$queryRaw<{ from: string; to: string }[]>`
      SELECT "from"::text, "to"::text FROM "trial_transition"`;
    const inContracts = trialStates.flatMap((from) => trialTransitions[from].map((to) => `${from} → ${to}`));
    expect(rows.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(inContracts.sort());
  });

  it('refuses a transition that is not in it, and a second result', async () => {
    const lease = await claimed();
    await finishTrial(fixture.db, lease, success, '');
    const where = { id: lease.trialId };
    await expect(fixture.db.trial.update({ where, data: { state: 'RUNNING' } })).rejects.toThrow(
      'cannot go from SUCCEEDED to RUNNING',
    );
    await expect(fixture.db.trial.update({ where, data: { result: { seconds: 1 } } })).rejects.toThrow(
      'its result is written once',
    );
    await expect(fixture.db.trial.update({ where, data: { leaseToken: 0 } })).rejects.toThrow('may only grow');
  });
});
