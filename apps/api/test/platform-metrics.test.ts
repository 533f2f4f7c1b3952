import { queueName } from '@rankforge/contracts';
import { claimTrial, finishTrial } from '@rankforge/db';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, memory, openFixture } from '../../../test/support/trials.js';
import { PlatformMetrics } from '../src/metrics/platform-metrics.js';
import type { TrialQueues } from '../src/platform/queues.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** Values of a series by one of its labels, of those `where` others are so, while so many wake-ups wait on each queue. */
async function by(
  label: string,
  name: string,
  { where = {}, waiting = {} }: { where?: Record<string, string>; waiting?: Record<string, number> } = {},
): Promise<Record<string, number>> {
  const registry = new Registry();
  const queues = partOf<TrialQueues>({ waiting: async (queue: string) => waiting[queue] ?? 0 });
  await new PlatformMetrics(fixture.db, queues).register(registry)();
  const { values } = await registry.getSingleMetric(`rankforge_${name}`)!.get();
  const found = values.filter(({ labels }) => Object.entries(where).every(([key, value]) => labels[key] === value));
  return Object.fromEntries(found.map(({ labels, value }) => [labels[label]!, value]));
}

const byClass = (name: string, waiting: Record<string, number>) => by('memory_class_mib', name, { waiting });

it('adds up the queues of all sites in the depth and the wake-ups of an engine and a memory class', async () => {
  const [, held, large] = [await fixture.queued(), await fixture.queued(), await fixture.queued()];
  const site = 'dataset:mail/north';
  await fixture.db.trial.update({ where: { id: held }, data: { site } });
  await fixture.db.trial.update({ where: { id: large }, data: { memoryClassMiB: 128 } });
  const waiting = { [queueName('wasm', 64)]: 3, [queueName('wasm', 64, site)]: 2, [queueName('wasm', 128)]: 1 };
  expect(await byClass('queue_depth', waiting)).toEqual({ 64: 2, 128: 1 });
  expect(await byClass('queue_wakeups', waiting)).toEqual({ 64: 5, 128: 1 });
});

it('counts the slots of live workers for each engine that they offer, and zero where none does', async () => {
  const { workerId, db } = fixture;
  await db.worker.update({ where: { id: workerId }, data: { engines: ['wasm', 'tensorflow'], slots: 3 } });
  expect(await by('engine', 'engine_slots')).toEqual({
    wasm: 3,
    tensorflow: 3,
    torch: 0,
    command: 0,
    cpu: 0,
    webgpu: 0,
  });
  await db.worker.update({ where: { id: workerId }, data: { draining: true } });
  expect(await by('engine', 'engine_slots')).toEqual({
    wasm: 0,
    tensorflow: 0,
    torch: 0,
    command: 0,
    cpu: 0,
    webgpu: 0,
  });
  await db.worker.update({ where: { id: workerId }, data: { draining: false } });
});

it('gives every outcome of every engine before one ended so', async () => {
  const none = { wasm: 0, tensorflow: 0, torch: 0, command: 0, cpu: 0, webgpu: 0 };
  expect(await by('engine', 'attempts_total', { where: { outcome: 'over-budget' } })).toEqual(none);
});

it('has no number of wake-ups where Redis does not answer for one of the queues', async () => {
  const waiting = { [queueName('wasm', 64)]: Number.NaN, [queueName('wasm', 128)]: 1 };
  expect(await byClass('queue_wakeups', waiting)).toEqual({ 64: Number.NaN, 128: 1 });
});

/** Trains to the end, or beyond its budget where it has no step time. */
async function train(measured: number, medianStepMs?: number): Promise<void> {
  const { db, workerId } = fixture;
  const trialId = await fixture.queued();
  const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 60 });
  const bytes = { ...memory, total: measured };
  await finishTrial(
    db,
    claimed!.lease,
    medianStepMs === undefined
      ? { state: 'OVER_BUDGET', reason: 'too much', measured: bytes, dominantPart: 'activations' }
      : { state: 'SUCCEEDED', result: { seconds: 1, medianStepMs }, measured: bytes, objective: 1, step: 1 },
    '',
  );
}

it('says quantiles of the step times and peaks of trainings that ended, of which each value has three digits', async () => {
  // 7000 bytes were predicted.
  for (const [measured, stepMs] of [
    [7000, 10.004],
    [7007, 20],
    [7350, 41.26],
  ] as const)
    await train(measured, stepMs);
  await train(14_000);
  expect(await by('quantile', 'step_seconds')).toEqual({
    0.5: expect.closeTo(0.02, 9),
    // Two tenths of the way from 41.3 back to 20 are left.
    0.9: expect.closeTo(0.02 + 0.8 * (0.0413 - 0.02), 9),
  });
  // Between 1.00 and 1.05.
  expect(await by('quantile', 'memory_measured_to_predicted')).toEqual({ 0: 1, 0.5: expect.closeTo(1.025, 9), 1: 2 });
});

it('reads once for all who ask at once or soon after, and shows each project its own', async () => {
  let reads = 0;
  const counting = partOf<TrialQueues>({
    waiting: async () => {
      reads += 1;
      return 0;
    },
  });
  const metrics = new PlatformMetrics(fixture.db, counting);
  const trialsOf = async (projectId?: string) => {
    const registry = new Registry();
    await metrics.register(registry, projectId)();
    const { values } = await registry.getSingleMetric('rankforge_trials')!.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  const { projectId } = await fixture.db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } });
  const all = await fixture.db.trial.count();
  const other = '00000000-0000-7000-8000-0000000000ff';
  expect(await Promise.all([trialsOf(), trialsOf(projectId), trialsOf(other)])).toEqual([all, all, 0]);
  const queues = reads;
  expect(queues).toBe(Object.keys(await byClass('queue_depth', {})).length + 1); // one engine and class has a site beside
  expect(await trialsOf()).toBe(all);
  expect(reads).toBe(queues);
});
