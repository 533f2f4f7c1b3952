import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore, claimTrial, finishTrial, type Prisma, recordArtifact, type TrialOutcome } from '@rankforge/db';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Fixture, openFixture, spec } from '../../../test/support/trials.js';
import { dropIdleCheckpoints } from '../src/scheduling/idle-checkpoints.js';

let fixture: Fixture;
let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-idle-'));
  store = new ArtifactStore(folder);
});
afterEach(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

async function ended(outcome: TrialOutcome, { continuesId, until }: { continuesId?: string; until?: number }) {
  const { db, workerId } = fixture;
  const id = await fixture.queued();
  await db.trial.update({
    where: { id },
    data: { spec: { ...spec, ...(until && { until }) } as Prisma.InputJsonObject, continuesId: continuesId ?? null },
  });
  const { lease } = (await claimTrial(db, { trialId: id, workerId, device: 'host', leaseSeconds: 60 }))!;
  const checkpoint = await store.put(Buffer.from(id));
  await recordArtifact(db, lease, { kind: 'checkpoint', step: 50, ...checkpoint }, { keep: 2 });
  await finishTrial(db, lease, outcome, '');
  return { id, sha256: checkpoint.sha256 };
}

const result = { validation: { loss: 2 }, seconds: 1 };
const succeeded: TrialOutcome = { state: 'SUCCEEDED', result, objective: 2, step: 50 };
const failed: TrialOutcome = { state: 'FAILED', reason: 'for the test', attempt: 'timed-out' };

it.each([
  ['is removed where the training that went on from it succeeded', succeeded, false],
  ['stays where it failed, as it may be tried again', failed, true],
])('the checkpoint of a rung, once its sweep is over, %s', async (_, outcome, stays) => {
  const { db, sweepId } = fixture;
  const rung = await ended(succeeded, { until: 50 });
  await ended(outcome, { continuesId: rung.id });
  expect(await dropIdleCheckpoints(db, store)).toEqual([]);
  await db.sweep.update({ where: { id: sweepId }, data: { state: 'COMPLETED' } });
  expect(await dropIdleCheckpoints(db, store)).toEqual(stays ? [] : [rung.id]);
  expect((await store.size(rung.sha256)) !== undefined).toBe(stays);
  expect(await db.artifact.count({ where: { trialId: rung.id, kind: 'checkpoint' } })).toBe(stays ? 1 : 0);
});
