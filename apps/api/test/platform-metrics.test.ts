import { queueName } from '@rankforge/contracts';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
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
