import { claimTrial, expireLeases, recordArtifact, waitsForMoreRoom } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { memory, type QueuedFields } from '../../../test/support/trials.js';
import type { RunOutcome, StopReason } from '../src/trial/executor.js';
import { type Act, done, openTrialRunner, type TrialRunner, untilStopped } from './support/trial-runner.js';

let runner: TrialRunner;
let fixture: TrialRunner['fixture'];
let store: TrialRunner['store'];
beforeAll(async () => {
  runner = await openTrialRunner();
  ({ fixture, store } = runner);
});
afterAll(() => runner.close());

const start: TrialRunner['start'] = (...asked) => runner.start(...asked);
const read: TrialRunner['read'] = (id) => runner.read(id);
const untilStep: TrialRunner['untilStep'] = (trialId, step) => runner.untilStep(trialId, step);

async function run(fields: QueuedFields, act: Act) {
  const trialId = await fixture.queued(fields);
  return { ending: await start(trialId, act), trial: await read(trialId) };
}

const unexpected: Act = () => Promise.reject(new Error('must not run'));

describe('a wake-up', () => {
  it('ends quietly where the trial is missing or taken', async () => {
    expect(await start('019a0000-0000-7000-8000-000000000000', unexpected)).toBe('nothing');
    const trialId = await fixture.queued();
    await claimTrial(fixture.db, { trialId, workerId: fixture.workerId, device: 'host', leaseSeconds: 60 });
    expect(await start(trialId, unexpected)).toBe('nothing');
  });
});

describe('an end', () => {
  it('writes metrics, adapter, result and the value of the objective', async () => {
    const adapter = { ...(await store.put(Buffer.from('adapter'))), step: 100 };
    const { ending, trial } = await run({}, async (order, reports) => {
      expect(order).toMatchObject({ kind: 'train', budgetBytes: 64 * 2 ** 20, predicted: memory, checkpoints: [] });
      reports.progress({ points: [{ name: 'train/loss', step: 1, value: 3 }], step: 1, loss: 3 });
      reports.progress({ points: [{ name: 'train/loss', step: 2, value: 2.5 }], step: 2, loss: 2.5 });
      reports.log('a line');
      return { ...done, adapter };
    });
    expect(ending).toBe('succeeded');
    expect(trial).toMatchObject({
      state: 'SUCCEEDED',
      objective: 2.5,
      loss: 2.5,
      step: 100,
      measured: memory,
      artifacts: [{ kind: 'adapter', sha256: adapter.sha256, bytes: 7n }],
      attemptList: [{ outcome: 'succeeded', logTail: 'a line\n' }],
    });
    const points = await fixture.db.metric.findMany({ where: { trialId: trial.id }, orderBy: { step: 'asc' } });
    expect(points.map(({ step, value }) => [step, value])).toEqual([
      [1, 3],
      [2, 2.5],
    ]);
  });

  it('fails a training whose task does not report the objective, and names what it reports', async () => {
    const { trial } = await run({}, async () => ({ ...done, result: { validation: { accuracy: 1 }, seconds: 1 } }));
    expect(trial).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('it reports: accuracy') });
  });

  it('fails a training that diverged, and says so', async () => {
    const result = { validation: { loss: Number.POSITIVE_INFINITY }, seconds: 1 };
    const { trial } = await run({}, async () => ({ ...done, result }));
    expect(trial).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(/^validation "loss" is Infinity, .* the training diverged/),
    });
  });

  it('keeps the measured parts of a training that outgrew its budget', async () => {
    const { ending, trial } = await run({}, async () => ({
      kind: 'over-budget',
      reason: 'measured 7000 bytes',
      measured: memory,
      dominantPart: 'activations',
    }));
    expect(ending).toBe('over-budget');
    expect(trial).toMatchObject({
      state: 'OVER_BUDGET',
      measured: memory,
      measuredBytes: 7000n,
      dominantPart: 'activations',
      reason: 'measured 7000 bytes',
      result: null,
    });
  });

  const large = { ...memory, activations: 3 * 2 ** 20, total: 3 * 2 ** 20 + 2000 };
  it('comes without a run where the prediction is over the budget', async () => {
    const { trial } = await run({ memoryBudgetMiB: 2, predicted: large }, unexpected);
    expect(trial).toMatchObject({ state: 'OVER_BUDGET', dominantPart: 'activations', measured: null });
    expect(trial.reason).toBe('predicted 3.0 MiB exceed the budget of 2 MiB; largest part: activations (3.0 MiB)');
  });

  it('comes without a run where the adapter of a scoring is missing', async () => {
    const scoresTrialId = await fixture.queued();
    const { trial } = await run({ kind: 'score', scoresTrialId }, unexpected);
    expect(trial).toMatchObject({ state: 'FAILED', reason: `trial ${scoresTrialId} left no adapter to score` });
  });

  it('keeps the score of every example of a scoring', async () => {
    const scoresTrialId = await fixture.queued();
    const scored = await claimTrial(fixture.db, {
      trialId: scoresTrialId,
      workerId: fixture.workerId,
      device: 'host',
      leaseSeconds: 60,
    });
    if (!scored) throw new Error('not claimed');
    const adapter = await store.put(Buffer.from('of the scored'));
    await recordArtifact(fixture.db, scored.lease, { kind: 'adapter', step: 100, ...adapter }, { keep: 1 });
    const { trial } = await run({ kind: 'score', scoresTrialId }, async (order) => {
      expect(order.adapter).toEqual({ ...adapter, step: 100 });
      return {
        kind: 'succeeded',
        step: 100,
        result: { test: { loss: 1.5 }, seconds: 1 },
        exampleScores: { perplexity: [1, 2] },
      };
    });
    expect(trial).toMatchObject({
      state: 'SUCCEEDED',
      objective: null,
      exampleScores: { perplexity: [1, 2] },
      measured: null,
    });
  });
});

describe('a checkpoint', () => {
  it('is recorded after the metrics up to it; the newest two stay, and none after success', async () => {
    const kept = await Promise.all(['10', '20', '30'].map((text) => store.put(Buffer.from(text))));
    const trialId = await fixture.queued();
    let release: (outcome: RunOutcome) => void = () => {};
    const ended = start(trialId, (_, reports) => {
      kept.forEach((artifact, index) => {
        const step = 10 * (index + 1);
        reports.progress({ points: [{ name: 'train/loss', step, value: 1 }], step, loss: 1 });
        reports.checkpoint({ ...artifact, step });
      });
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    await waitFor('the last checkpoint', async () => {
      const { artifacts } = await read(trialId);
      const removed = (await store.size(kept[0]?.sha256 as string)) === undefined;
      return (removed && artifacts.some(({ step }) => step === 30)) || undefined;
    });
    // The row and its artifacts are two queries: one that saw the checkpoint may have read the row before the metrics.
    const running = await read(trialId);
    expect(running.step).toBe(30);
    expect(running.artifacts.map(({ step }) => step).sort()).toEqual([20, 30]);
    expect(await store.size(kept[2]?.sha256 as string)).toBe(2);
    release(done);
    expect(await ended).toBe('succeeded');
    expect((await read(trialId)).artifacts).toEqual([]);
    expect(await store.size(kept[2]?.sha256 as string)).toBeUndefined();
  });

  it('stays after a failure: tried again, the training goes on from there', async () => {
    const artifact = { ...(await store.put(Buffer.from('before it failed'))), step: 10 };
    const { ending, trial } = await run({}, async (_, reports) => {
      reports.checkpoint(artifact);
      return { kind: 'failed', reason: 'for the test' };
    });
    expect(ending).toBe('failed');
    expect(trial).toMatchObject({ state: 'FAILED', artifacts: [{ kind: 'checkpoint', sha256: artifact.sha256 }] });
    expect(await store.size(artifact.sha256)).toBe('before it failed'.length);
  });
});

describe('a stop', () => {
  it('fails the trial at its time limit', async () => {
    const reasons: StopReason[] = [];
    const { ending, trial } = await run({ timeoutSeconds: 1 }, untilStopped(reasons));
    expect([ending, reasons]).toEqual(['timed-out', ['timeout']]);
    expect(trial).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(/^not done within 1 s, the limit of this trial: .* begins it anew/),
      step: 2,
    });
  });

  it('names at its time limit the step that is kept, of this attempt or of one before', async () => {
    const artifact = { ...(await store.put(Buffer.from('left at the limit'))), step: 7 };
    const trialId = await fixture.queued({ timeoutSeconds: 1 });
    await start(trialId, async (order, reports, signal) => {
      const stopped = await untilStopped([])(order, reports, signal);
      reports.checkpoint(artifact);
      return stopped;
    });
    const kept = (step: number) =>
      expect.stringContaining(`: step ${step} of 100 is kept, and \`rankforge sweep retry\``);
    expect(await read(trialId)).toMatchObject({ state: 'FAILED', reason: kept(7), artifacts: [{ step: 7 }] });
    await fixture.db.trial.update({ where: { id: trialId }, data: { state: 'QUEUED' } });
    await start(trialId, untilStopped([]));
    expect(await read(trialId)).toMatchObject({ state: 'FAILED', reason: kept(7) });
  });

  it('puts the trial back at a drain, and costs no attempt', async () => {
    const reasons: StopReason[] = [];
    const draining = new AbortController();
    const trialId = await fixture.queued({ maxAttempts: 1 });
    const ended = start(trialId, untilStopped(reasons), draining);
    await untilStep(trialId, 1);
    draining.abort();
    expect([await ended, reasons]).toEqual(['handed-back', ['drain']]);
    expect(await read(trialId)).toMatchObject({ state: 'QUEUED', step: 2, maxAttempts: 2, workerId: null });
    expect(await fixture.db.outbox.count({ where: { trialId } })).toBe(1);
  });

  it('puts the trial back at a drain that its process did not answer, and costs no attempt', async () => {
    const draining = new AbortController();
    const trialId = await fixture.queued({ maxAttempts: 1 });
    const reason = 'the training process did not answer a stop within 20 s, so it was killed';
    const deaf: Act = async (...asked) => {
      await untilStopped([])(...asked);
      return { kind: 'died', reason, outOfMemory: false, beside: 0 };
    };
    const ended = start(trialId, deaf, draining);
    await untilStep(trialId, 1);
    draining.abort();
    expect(await ended).toBe('handed-back');
    const attempt = { outcome: 'handed-back', reason: `the worker stopped in order; ${reason}` };
    expect(await read(trialId)).toMatchObject({ state: 'QUEUED', maxAttempts: 2, attemptList: [attempt] });
  });

  it('writes nothing more to a trial that a person cancelled', async () => {
    const reasons: StopReason[] = [];
    const trialId = await fixture.queued();
    const ended = start(trialId, untilStopped(reasons));
    await untilStep(trialId, 1);
    await fixture.db.trial.update({ where: { id: trialId }, data: { state: 'CANCELLED' } });
    expect([await ended, reasons]).toEqual(['cancelled', ['cancelled']]);
    expect(await read(trialId)).toMatchObject({ state: 'CANCELLED', step: 1, attemptList: [{ outcome: 'cancelled' }] });
  });

  it('writes nothing more after a lost lease, when another attempt has the trial', async () => {
    const reasons: StopReason[] = [];
    const trialId = await fixture.queued();
    const ended = start(trialId, untilStopped(reasons));
    await untilStep(trialId, 1);
    await waitFor('the trial to change hands', async () => {
      await fixture.db.$executeRaw`
        UPDATE "Trial" SET "leaseExpiresAt" = now() - interval '1 s' WHERE "id" = ${trialId}::uuid AND "state" = 'RUNNING'`;
      await expireLeases(fixture.db, { graceSeconds: 0 });
      return claimTrial(fixture.db, { trialId, workerId: fixture.workerId, device: 'host', leaseSeconds: 60 });
    });
    expect([await ended, reasons]).toEqual(['lease-lost', ['lost']]);
    const trial = await read(trialId);
    expect(trial).toMatchObject({ state: 'RUNNING', step: 1, leaseToken: 2n });
    expect(trial.attemptList.map(({ outcome }) => outcome)).toEqual(['lease-lost', null]);
  });
});

describe('a death of the training process', () => {
  const died: Act = async () => ({
    kind: 'died',
    reason: 'the training process ended (SIGKILL)',
    outOfMemory: false,
    beside: 0,
  });

  it('puts the trial back while it has attempts', async () => {
    const { ending, trial } = await run({ maxAttempts: 2 }, died);
    expect(ending).toBe('child-died');
    expect(trial).toMatchObject({ state: 'QUEUED', attempts: 1, attemptList: [{ outcome: 'child-died' }] });
  });

  it('costs no attempt where the kernel chose among several; the next needs the device to itself, and pays', async () => {
    const byKernel: Act = async () => ({
      kind: 'died',
      reason: 'killed',
      outOfMemory: true,
      byKernel: true,
      beside: 0,
    });
    const { ending, trial } = await run({ maxAttempts: 1 }, byKernel);
    expect(ending).toBe('child-died');
    const back = { state: 'QUEUED', alone: true, wholeDevice: true, attempts: 1, maxAttempts: 2 };
    expect(trial).toMatchObject(back);
    expect(trial.attemptList[0]?.reason).toBe(
      'killed; others trained on this worker, so it is tried again with the device to itself',
    );
    expect(await waitsForMoreRoom(fixture.db, trial.id)).toMatchObject({ wholeDevice: true, devices: 1 });
    expect(await start(trial.id, unexpected)).toBe('nothing');
    expect(await read(trial.id)).toMatchObject(back);
    expect(await start(trial.id, byKernel, undefined, { wholeDevice: true })).toBe('child-died');
    expect(await read(trial.id)).toMatchObject({ state: 'FAILED', reason: 'killed; this was attempt 2 of 2' });
    expect(await waitsForMoreRoom(fixture.db, trial.id)).toBeUndefined();
  });

  it('fails it at the last', async () => {
    const { trial } = await run({ maxAttempts: 1 }, died);
    expect(trial).toMatchObject({
      state: 'FAILED',
      reason: 'the training process ended (SIGKILL); this was attempt 1 of 1',
    });
  });
});
