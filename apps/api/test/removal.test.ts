import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ArtifactStore,
  claimTrial,
  collectArtifacts,
  endAttempt,
  finishTrial,
  handBack,
  type Lease,
  Prisma,
  recordArtifact,
  recordLog,
  recordMetrics,
  recordResume,
  renewLeases,
  trialReferences,
} from '@rankforge/db';
import { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture, type QueuedFields } from '../../../test/support/trials.js';
import { PlatformMetrics } from '../src/metrics/platform-metrics.js';
import type { TrialQueues } from '../src/platform/queues.js';
import { Dispatcher } from '../src/scheduling/dispatcher.js';
import { findLeaders } from '../src/scheduling/leaders.js';
import { RemovalKeeper } from '../src/sweeps/removal-keeper.js';
import { SweepRemover } from '../src/sweeps/remove-sweep.js';
import { SweepRetention } from '../src/sweeps/sweep-retention.js';

let fixture: Fixture;
let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-removal-'));
  store = new ArtifactStore(folder);
});
afterEach(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

/** Another running sweep of the project, with fields of its own. */
async function further(fields: Partial<Prisma.SweepUncheckedCreateInput> = {}): Promise<string> {
  const { db, sweepId } = fixture;
  const { spec, ...found } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  const row = { ...found, strategyState: Prisma.DbNull, state: 'RUNNING' as const, removedAt: null, clearAt: null };
  const id = uuidv7();
  await db.sweep.create({ data: { ...row, spec: spec as Prisma.InputJsonObject, id, name: 'further', ...fields } });
  return id;
}

/** A trial that ran to its result, with a log, points of a metric and an adapter of its own. */
async function trained(points = 3, fields: QueuedFields = {}): Promise<{ id: string; sha256: string; lease: Lease }> {
  const { db, workerId } = fixture;
  const id = await fixture.queued(fields);
  const { lease } = (await claimTrial(db, { trialId: id, workerId, device: 'host', leaseSeconds: 60 }))!;
  const loss = Array.from({ length: points }, (_, step) => ({ name: 'train/loss', step, value: 2 + step }));
  await recordMetrics(db, lease, { points: loss, step: points - 1, loss: 2 });
  const adapter = await store.put(Buffer.from(`adapter of ${id}`));
  await recordArtifact(db, lease, { kind: 'adapter', step: 100, ...adapter }, { keep: 1 });
  const result = { validation: { loss: 2 }, seconds: 1 };
  await finishTrial(db, lease, { state: 'SUCCEEDED', result, objective: 2, step: 100 }, 'a line of its log');
  return { id, sha256: adapter.sha256, lease };
}

/** A trial of a sweep that took the result of another. */
async function follower(sweepId: string, leaderId: string, ordinal = 1): Promise<string> {
  const { db } = fixture;
  const { id: _, attempts: __, ...leader } = await db.trial.findUniqueOrThrow({ where: { id: leaderId } });
  const id = uuidv7();
  const row = { ...leader, id, sweepId, leaderId, ordinal, exampleScores: Prisma.DbNull, leaseToken: 0n };
  await db.trial.create({
    data: {
      ...row,
      ...({ measured: Prisma.DbNull, limits: Prisma.DbNull, awaits: Prisma.DbNull, proposal: Prisma.DbNull } as const),
      dropped: Prisma.DbNull,
      spec: leader.spec as Prisma.InputJsonObject,
      predicted: leader.predicted as Prisma.InputJsonObject,
      result: leader.result as Prisma.InputJsonObject,
    },
  });
  return id;
}

const end = (id: string, state: 'COMPLETED' | 'CANCELLED' = 'COMPLETED') =>
  fixture.db.sweep.update({ where: { id }, data: { state, finishedAt: new Date() } });

const remove = (id: string) => new SweepRemover(fixture.db, new RemovalKeeper(fixture.db)).remove(id);

/** Works until nothing is left to do. */
async function clear(): Promise<void> {
  const keeper = new RemovalKeeper(fixture.db);
  while (await keeper.step());
}

/** The numbers that a scrape reads. */
async function succeededAttempts(): Promise<number | undefined> {
  const registry = new Registry();
  const queues = partOf<TrialQueues>({ waiting: async () => 0 });
  await new PlatformMetrics(fixture.db, queues).register(registry)();
  const { values } = await registry.getSingleMetric('rankforge_attempts_total')!.get();
  return values.find(({ labels }) => labels.outcome === 'succeeded' && labels.engine === 'wasm')?.value;
}

const trialsOf = async (sweepId: string) =>
  (await fixture.db.trial.findMany({ where: { sweepId }, orderBy: { ordinal: 'asc' } })).map(({ id }) => id);

describe('a sweep that is removed', () => {
  it('goes with its trials, points, attempts, logs and events, and its files are collected', async () => {
    const { db, sweepId } = fixture;
    const { id, sha256 } = await trained();
    const { bytes } = await db.artifact.findFirstOrThrow({ where: { trialId: id } });
    await end(sweepId);
    const removal = await remove(sweepId);
    expect(removal).toMatchObject({ trials: 1, keptTrials: 0, attempts: 1, metricPoints: 3, files: 1, keptFor: [] });
    expect(removal.fileBytes).toBe(Number(bytes));
    await clear();
    const counts = [db.trial, db.metric, db.attempt, db.artifact].map((table) => (table as typeof db.trial).count());
    expect(await Promise.all(counts)).toEqual([0, 0, 0, 0]);
    expect((await db.event.findMany({ where: { sweepId } })).map(({ type }) => type)).toEqual(['sweep.removed']);
    expect(await collectArtifacts(db, store, { graceSeconds: -60 })).toEqual({ files: 1, bytes: Number(bytes) });
    expect(await store.size(sha256)).toBeUndefined();
    expect(await db.sweep.findUnique({ where: { id: sweepId } })).toMatchObject({ clearAt: null, spec: {} });
  });

  it('leaves the trials whose results another sweep took, with their points, scores and files', async () => {
    const { db, sweepId } = fixture;
    const shared = await trained();
    const alone = await trained();
    const score = await trained(1, { kind: 'score', scoresTrialId: shared.id });
    await follower(sweepId, alone.id, 90);
    const other = await further();
    await follower(other, score.id);
    await end(sweepId);
    const removal = await remove(sweepId);
    expect(removal).toMatchObject({ trials: 2, keptTrials: 2, keptFor: [{ id: other, name: 'further' }], files: 1 });
    await clear();
    // The scoring is taken, and the training is what it scored.
    expect(await trialsOf(sweepId)).toEqual([shared.id, score.id]);
    expect(await db.metric.groupBy({ by: ['trialId'], _count: true, orderBy: { trialId: 'asc' } })).toEqual([
      { trialId: shared.id, _count: 3 },
      { trialId: score.id, _count: 1 },
    ]);
    expect(await db.artifact.count({ where: { trialId: { in: [shared.id, score.id] } } })).toBe(2);
    expect((await db.attempt.findFirst({ where: { trialId: shared.id } }))?.logTail).toBe('a line of its log');
  });

  it('lets go what it kept once the last sweep that took it is removed, also where each took from the other', async () => {
    const { db, sweepId } = fixture;
    const first = await trained();
    const other = await further();
    const second = await trained();
    await db.trial.update({ where: { id: second.id }, data: { sweepId: other } });
    await follower(other, first.id, 50);
    const taker = await follower(sweepId, second.id, 50);
    for (const id of [sweepId, other]) await end(id);
    await remove(sweepId);
    await clear();
    expect(await trialsOf(sweepId)).toEqual([first.id]);
    expect(await db.trial.findUnique({ where: { id: taker } })).toBeNull();
    expect((await trialsOf(other)).length).toBe(2);
    await remove(other);
    await clear();
    expect(await db.trial.count()).toBe(0);
    expect(await db.sweep.count({ where: { clearAt: { not: null } } })).toBe(0);
  });

  it('still counts in how attempts ended, so that no counter falls', async () => {
    const { db, sweepId } = fixture;
    await trained();
    await trained();
    const kept = await trained();
    const other = await further();
    await follower(other, kept.id);
    expect(await succeededAttempts()).toBe(3);
    await end(sweepId);
    await remove(sweepId);
    await clear();
    expect(await db.attempt.count()).toBe(1);
    expect(await succeededAttempts()).toBe(3);
    await end(other);
    await remove(other);
    await clear();
    expect(await db.attempt.count()).toBe(0);
    expect(await succeededAttempts()).toBe(3);
  });

  it('goes in bounded steps', async () => {
    const { db, sweepId } = fixture;
    await trained(24_000);
    for (let index = 0; index < 3; index++) await trained();
    await end(sweepId);
    await remove(sweepId);
    const points = [];
    const keeper = new RemovalKeeper(db);
    for (let step = 0; step < 4; step++) {
      await keeper.step();
      points.push(await db.metric.count());
    }
    // Chosen; then 10,000 rows a step, the last with the trials.
    expect(points).toEqual([24_009, 14_009, 4009, 0]);
    expect(await db.trial.count()).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6])('is cleared where the keeper is killed after each %i steps', async (steps) => {
    const { db, sweepId } = fixture;
    const { id } = await trained(12_000);
    await follower(sweepId, id, 90);
    await end(sweepId);
    await remove(sweepId);
    for (let round = 0; round < 20; round++) {
      const keeper = new RemovalKeeper(db);
      for (let step = 0; step < steps + round; step++) await keeper.step();
    }
    expect(await db.trial.count()).toBe(0);
    expect(await db.metric.count()).toBe(0);
    expect(await db.sweep.count({ where: { clearAt: { not: null } } })).toBe(0);
  });

  it('keeps a trial that is linked while the sweep is cleared, and gives none that was chosen to a link', async () => {
    const { db, sweepId } = fixture;
    const linked = await trained();
    const gone = await trained();
    const { key } = await db.trial.findUniqueOrThrow({ where: { id: linked.id } });
    await end(sweepId);
    await remove(sweepId);
    // A sweep that is made now finds the result before it is chosen.
    expect((await findLeaders(db, [key])).get(key)?.id).toBe(linked.id);
    await follower(await further(), linked.id);
    const { key: goneKey } = await db.trial.findUniqueOrThrow({ where: { id: gone.id } });
    const keeper = new RemovalKeeper(db);
    await keeper.step();
    expect(await db.trial.count({ where: { id: gone.id } })).toBe(1);
    expect(await findLeaders(db, [goneKey])).toEqual(new Map());
    await clear();
    expect(await trialsOf(sweepId)).toEqual([linked.id]);
    expect((await findLeaders(db, [key])).get(key)?.id).toBe(linked.id);
    expect(await db.metric.count({ where: { trialId: linked.id } })).toBe(3);
  });

  it('changes nothing for a worker that still writes to it, and does not fail it', async () => {
    const { db, sweepId, workerId } = fixture;
    const id = await fixture.queued();
    const { lease } = (await claimTrial(db, { trialId: id, workerId, device: 'host', leaseSeconds: 60 }))!;
    await db.trial.update({ where: { id }, data: { state: 'CANCELLED', finishedAt: new Date() } });
    await end(sweepId, 'CANCELLED');
    await remove(sweepId);
    await clear();
    const file = await store.put(Buffer.from('late'));
    const result = { validation: { loss: 2 }, seconds: 1 };
    const batch = { points: [{ name: 'train/loss', step: 1, value: 2 }], step: 1, loss: 2 };
    expect(await recordMetrics(db, lease, batch)).toBe(false);
    expect(await recordArtifact(db, lease, { kind: 'checkpoint', step: 1, ...file }, { keep: 2 })).toMatchObject({
      held: false,
    });
    await recordLog(db, lease, 'late');
    await recordResume(db, lease, 1);
    expect(await finishTrial(db, lease, { state: 'SUCCEEDED', result, objective: 2, step: 100 }, '')).toBe(false);
    expect(await handBack(db, lease, { outcome: 'handed-back', reason: 'late', logTail: '' })).toBeUndefined();
    expect(await renewLeases(db, [lease], 60)).toEqual(new Map([[id, 'lost']]));
    expect(await endAttempt(db, lease, { outcome: 'lease-lost', reason: 'late', logTail: '' })).toBe(false);
    expect(await claimTrial(db, { trialId: id, workerId, device: 'host', leaseSeconds: 60 })).toBeUndefined();
    expect(await db.trial.count()).toBe(0);
    expect(await db.metric.count()).toBe(0);
  });

  it('sends no wake-up of a trial that is gone', async () => {
    const { db } = fixture;
    await db.outbox.create({ data: { trialId: uuidv7(), queue: 'trials.wasm.64', attempt: 0, priority: 50 } });
    const sent: unknown[] = [];
    const queues = { add: (wakeUps: unknown[]) => sent.push(...wakeUps), prioritize: () => undefined };
    const dispatcher = new Dispatcher(db, queues as never, undefined as never);
    await (dispatcher as unknown as { round(): Promise<void> }).round();
    expect(sent).toEqual([]);
    expect(await db.outbox.count()).toBe(0);
  });

  it('reaches the webhooks of its project that asked for it', async () => {
    const { db, sweepId } = fixture;
    const { projectId } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
    for (const events of [['sweep.removed'], ['sweep.completed']]) {
      await db.webhook.create({ data: { id: uuidv7(), projectId, url: 'https://hooks.example', events, secret: 's' } });
    }
    await db.sweep.update({ where: { id: sweepId }, data: { state: 'CANCELLED' } });
    await remove(sweepId);
    const told = await db.webhookDelivery.findMany();
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { type: 'sweep.removed', data: { project: 'default', sweepId, sweep: 'leases' } },
    ]);
  });

  it('cannot be opened again, whoever writes', async () => {
    const { db, sweepId } = fixture;
    await end(sweepId);
    await remove(sweepId);
    await expect(db.sweep.update({ where: { id: sweepId }, data: { state: 'RUNNING' } })).rejects.toThrow(
      'Sweep_removed_is_over',
    );
    await expect(remove(sweepId)).rejects.toThrow(`There is no sweep ${sweepId}`);
  });
});

describe('a removal is refused', () => {
  it('while the sweep runs', async () => {
    const { sweepId } = fixture;
    await expect(remove(sweepId)).rejects.toThrow(`(${sweepId}) cannot be removed: it is RUNNING: cancel it first`);
  });

  it.each<[string, (ids: { sweepId: string; trialId: string }) => Promise<unknown>, string]>([
    ['a sweep starts from it', ({ sweepId }) => further({ onSweepId: sweepId }), 'the sweep further'],
    [
      'a method of another sweep goes on from a training of it',
      ({ trialId }) => further({ spec: { methods: [{ method: 'lora', from: trialId }] } }),
      'the sweep further',
    ],
    [
      'another sweep learns from a training of it',
      ({ trialId }) => further({ spec: { methods: [{ method: 'lora', teacher: ['a-name', trialId] }] } }),
      'the sweep further',
    ],
    [
      'a generator writes with an adapter of it',
      ({ trialId }) =>
        fixture.db.generator.create({ data: { id: uuidv7(), name: 'writer', generator: { trial: trialId } } }),
      'the generator writer',
    ],
  ])('where %s', async (_, stand, named) => {
    const { db, sweepId } = fixture;
    const { id: trialId } = await trained();
    await end(sweepId);
    await stand({ sweepId, trialId });
    await expect(remove(sweepId)).rejects.toThrow(named);
    expect(await db.sweep.count({ where: { removedAt: null, id: sweepId } })).toBe(1);
    // Once that is gone, it may go.
    await db.generator.deleteMany();
    await db.sweep.deleteMany({ where: { id: { not: sweepId } } });
    expect(await remove(sweepId)).toMatchObject({ id: sweepId, obstacles: [] });
  });
});

it('removes sweeps that were cancelled long ago where a setting says so, but for those that something stands on', async () => {
  const { db, sweepId } = fixture;
  const day = 86_400_000;
  const ended = (days: number) => ({ state: 'CANCELLED' as const, finishedAt: new Date(Date.now() - days * day) });
  const old = await further({ ...ended(31), name: 'old' });
  await further({ ...ended(29), name: 'young' });
  await further({ ...ended(400), state: 'COMPLETED', name: 'completed' });
  const held = await further({ ...ended(90), name: 'held' });
  await further({ onSweepId: held, name: 'running upon it' });
  const foundation = await further({ ...ended(90), name: 'foundation' });
  await further({ ...ended(60), onSweepId: foundation, name: 'upon foundation' });
  await db.sweep.update({ where: { id: sweepId }, data: { finishedAt: new Date(0) } });
  const retention = new SweepRetention(db, { cancelledSweepDays: 30 }, new SweepRemover(db, new RemovalKeeper(db)));
  await (retention as unknown as { round(): Promise<void> }).round();
  const removed = await db.sweep.findMany({ where: { removedAt: { not: null } }, orderBy: { name: 'asc' } });
  expect(removed.map(({ name }) => name)).toEqual(['foundation', 'old', 'upon foundation']);
  expect(await db.audit.findFirst({ where: { subject: old } })).toMatchObject({
    action: 'sweep.remove',
    actor: 'retention of sweeps',
    detail: { name: 'old' },
  });
});

it('knows every column by which a trial refers to another', async () => {
  const rows = await fixture.db.$queryRaw<{ column: string }[]>`
    SELECT a.attname AS "column" FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
    WHERE c.contype = 'f' AND c.conrelid = '"Trial"'::regclass AND c.confrelid = '"Trial"'::regclass`;
  expect(rows.map(({ column }) => column).sort()).toEqual([...trialReferences].sort());
});
