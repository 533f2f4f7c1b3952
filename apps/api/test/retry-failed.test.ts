import { claimTrial, type Database, finishTrial, type Prisma, recordArtifact } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, spec } from '../../../test/support/trials.js';
import { SweepSteering } from '../src/sweeps/steer-sweep.js';

const sha256 = 'a'.repeat(64);

let fixture: Fixture;
let db: Database;
let trialId: string;

beforeEach(async () => {
  fixture = await openFixture();
  ({ db } = fixture);
});
afterEach(() => fixture.close());

/** A completed sweep whose one trial failed, which names an adapter that nobody has. */
async function failed(more: object): Promise<void> {
  const request = {
    name: 'from an adapter',
    task: spec.task,
    base: spec.base,
    methods: [{ name: 'lora', from: 'mine' }],
    learningRate: [0.01],
    memoryBudgetMiB: [64],
    seed: [0],
    retries: 2,
    training: { steps: 5, batchSize: 2, sequenceLength: 16 },
  };
  const { lease } = await claim();
  trialId = lease.trialId;
  await db.trial.update({ where: { id: trialId }, data: { spec: { ...spec, ...more } as Prisma.InputJsonObject } });
  await finishTrial(db, lease, { state: 'FAILED', reason: 'for the test', attempt: 'failed' }, '');
  await db.sweep.update({ where: { id: fixture.sweepId }, data: { spec: request, state: 'COMPLETED' } });
}

async function claim() {
  const { workerId } = fixture;
  const trial = { trialId: await fixture.queued(), workerId, device: 'host', leaseSeconds: 600 };
  return (await claimTrial(db, trial))!;
}

const imported = (name: string, bytes = sha256) =>
  db.importedAdapter.create({
    data: {
      id: uuidv7(),
      name,
      base: spec.base,
      method: 'lora',
      config: {},
      targets: ['query'],
      sha256: bytes,
      bytes: 1,
    },
  });
const retry = () => new SweepSteering(db).retryFailed(fixture.sweepId);
const states = async () => [
  (await db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } })).state,
  (await db.trial.findUniqueOrThrow({ where: { id: trialId } })).state,
];

describe('a retry of failed trials', () => {
  it.each<[string, object]>([
    ['start from', { from: sha256 }],
    ['learn from', { teacher: { base: 'b', baseSha256: 'c'.repeat(64), adapter: sha256 } }],
  ])('refuses those that %s an adapter that was deleted, and changes nothing', async (_, more) => {
    await failed(more);
    await imported('of other bytes', 'b'.repeat(64));
    const detail = expect.stringMatching(/need the adapter mine, which was deleted.*SHA-256 a{64}/);
    await expect(retry()).rejects.toMatchObject({ kind: 'conflict', detail });
    expect(await states()).toEqual(['COMPLETED', 'FAILED']);
  });

  it('runs them where the same tensors were imported again under its name', async () => {
    await failed({ from: sha256 });
    await imported('mine');
    expect(await retry()).toBe(1);
    expect(await states()).toEqual(['RUNNING', 'QUEUED']);
  });

  it('refuses them where only an adapter of another name has the tensors, which may be deleted while they run', async () => {
    await failed({ from: sha256 });
    await imported('other');
    await expect(retry()).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('runs them where a trial left the adapter', async () => {
    const { lease } = await claim();
    await recordArtifact(db, lease, { kind: 'adapter', step: 1, sha256, bytes: 1 }, { keep: 1 });
    await failed({ from: sha256 });
    expect(await retry()).toBe(1);
    expect(await states()).toEqual(['RUNNING', 'QUEUED']);
  });

  it('opens a search again that was done because all failed, and no grid, which asks for nothing more', async () => {
    const exhausted = async () => (await db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } })).exhausted;
    await failed({});
    await db.importedAdapter.deleteMany();
    const sweep = await db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } });
    const request = { ...(sweep.spec as Prisma.JsonObject), methods: [{ name: 'lora' }] };
    await db.sweep.update({ where: { id: fixture.sweepId }, data: { spec: request } });
    expect(await retry()).toBe(1);
    expect(await exhausted()).toBe(true);
    await db.trial.deleteMany();
    await failed({});
    const searching = { ...request, scheduler: { kind: 'asha', minSteps: 1 } };
    await db.sweep.update({ where: { id: fixture.sweepId }, data: { spec: searching } });
    expect(await retry()).toBe(1);
    expect(await exhausted()).toBe(false);
  });

  it('has parts that came too late for their federation asked for again', async () => {
    await failed({});
    const request = { name: 'f', task: spec.task, base: spec.base, methods: [{ name: 'lora' }], memoryBudgetMiB: [64] };
    const training = { steps: 5, batchSize: 2, sequenceLength: 16 };
    await db.sweep.update({ where: { id: fixture.sweepId }, data: { spec: { ...request, retries: 0, training } } });
    const awaits = { round: 1, clients: [0, 1].map((place) => ({ place, name: `site-${place}` })) };
    await db.trial.update({ where: { id: trialId }, data: { awaits } });
    const [sent, late] = [await fixture.queued(), await fixture.queued()] as [string, string];
    const part = (client: number) => ({ partOfId: trialId, round: 1, client });
    await db.trial.update({ where: { id: sent }, data: { ...part(0), state: 'RUNNING' } });
    await db.trial.update({ where: { id: sent }, data: { state: 'SUCCEEDED' } });
    await db.trial.update({ where: { id: late }, data: { ...part(1), state: 'CANCELLED' } });
    expect(await retry()).toBe(1);
    // It waits, and what it waits for lacks the part that was late.
    expect(await states()).toEqual(['RUNNING', 'PENDING']);
    expect(await db.trial.findMany({ where: { partOfId: trialId }, select: { id: true } })).toEqual([{ id: sent }]);
  });
});
