/** @file A federation that waits for the turns of its clients, and turns that only one worker may take. */
import { defaultProject, heldSite, queueName } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, memory, openFixture } from '../../../test/support/trials.js';
import {
  awaitTurns,
  checkHistory,
  claimTrial,
  dropTurns,
  finishTrial,
  handBack,
  recordArtifact,
  registerWorker,
} from '../src/index.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const claim = (trialId: string, workerId = fixture.workerId) =>
  claimTrial(fixture.db, { trialId, workerId, device: 'host', leaseSeconds: 60 });
const read = (id: string) => fixture.db.trial.findUniqueOrThrow({ where: { id }, include: { attemptList: true } });

/** Turns of clients in a round, as the planner makes them. */
async function turnsOf(partOfId: string, round: number, sites: readonly (string | null)[]): Promise<string[]> {
  return Promise.all(
    sites.map(async (site, client) => {
      const id = await fixture.queued();
      await fixture.db.trial.update({ where: { id }, data: { kind: 'client-turn', partOfId, round, client, site } });
      return id;
    }),
  );
}

const waitFor = (round: number) => ({ round, clients: ['north', 'south'].map((name, place) => ({ place, name })) });
const requeue = (id: string) => fixture.db.trial.update({ where: { id }, data: { state: 'QUEUED' } });

it('waits at no cost, is shown the turns of its round, and keeps files of two rounds', async () => {
  const { db } = fixture;
  const federation = await fixture.queued({ maxAttempts: 1 });
  await db.trial.update({ where: { id: federation }, data: { kind: 'aggregate' } });
  for (const round of [0, 1, 2]) {
    const { lease, turns } = (await claim(federation))!;
    expect(turns?.round).toBe(round === 0 ? undefined : round - 1);
    const checkpoint = { kind: 'checkpoint' as const, step: round, sha256: `k${round}`, bytes: 1 };
    await recordArtifact(db, lease, checkpoint, { keep: 2 });
    expect(await awaitTurns(db, lease, waitFor(round), 'so far')).toBe(true);
    expect(await awaitTurns(db, lease, waitFor(round), 'so far')).toBe(false);
    expect(await dropTurns(db, federation)).toEqual(round === 2 ? ['t0/0', 't0/1'] : []);
    expect(await claim(federation)).toBeUndefined();
    for (const [client, id] of (await turnsOf(federation, round, [null, null])).entries()) {
      const claimed = (await claim(id))!;
      expect(claimed.turn).toEqual({ round, client });
      expect(claimed.checkpoints[0]).toEqual({ step: round, sha256: `k${round}`, bytes: 1 });
      const left = { kind: 'turn' as const, step: round + 1, sha256: `t${round}/${client}`, bytes: 2 };
      await recordArtifact(db, claimed.lease, left, { keep: 1 });
      const outcome = { state: 'SUCCEEDED', result: { seconds: 1 }, objective: null, step: 1 } as const;
      expect(await finishTrial(db, claimed.lease, outcome, '')).toBe(true);
    }
    await requeue(federation);
  }
  const last = (await claim(federation))!;
  expect(last.turns).toEqual({
    round: 2,
    taken: [0, 1].map((client) => ({
      client,
      state: 'SUCCEEDED',
      reason: null,
      dominantPart: null,
      left: { step: 3, sha256: `t2/${client}`, bytes: 2 },
    })),
  });
  const result = { validation: { loss: 2 }, seconds: 1 };
  await finishTrial(db, last.lease, { state: 'SUCCEEDED', result, measured: memory, objective: 2, step: 3 }, '');
  expect((await dropTurns(db, federation)).sort()).toEqual(['t1/0', 't1/1', 't2/0', 't2/1']);
  const { attempts, maxAttempts, attemptList } = await read(federation);
  expect([attempts, maxAttempts, attemptList.map(({ outcome }) => outcome)]).toEqual([
    4,
    4,
    ['waits', 'waits', 'waits', 'succeeded'],
  ]);
});

it('leaves a turn to the worker that holds its data, on a queue of its own', async () => {
  const { db } = fixture;
  const federation = await fixture.queued();
  const site = heldSite(defaultProject.id, 'dataset:mail/north');
  const [turn, open] = (await turnsOf(federation, 0, [site, null])) as [string, string];
  const worker = { host: 'h', pid: 1, version: '0', engines: ['wasm'], slots: 1, devices: [] } as const;
  const holder = await registerWorker(db, {
    ...worker,
    name: 'holder',
    holds: [heldSite(defaultProject.id, 'dataset:mail/south'), site],
  });
  const elsewhere = heldSite('019b0f6e-52c4-7d1a-9c3e-5f2a8b7d6e10', 'dataset:mail/north');
  const holds = [elsewhere, 'dataset:mail/north', heldSite(defaultProject.id, 'dataset:mail/south')];
  const other = await registerWorker(db, { ...worker, name: 'other', holds });
  for (const without of [fixture.workerId, other]) expect(await claim(turn, without)).toBeUndefined();
  const claimed = (await claim(turn, holder))!;
  expect(claimed.turn).toEqual({ round: 0, client: 0, site });
  await handBack(db, claimed.lease, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  const [woken] = await db.outbox.findMany({ where: { trialId: turn }, orderBy: { id: 'desc' } });
  expect(woken!.queue).toBe(queueName('wasm', 64, site));
  expect((await claim(open, other))?.turn).toEqual({ round: 0, client: 1 });
  expect(
    (await checkHistory(db, fixture.sweepId)).problems.filter(({ rule }) => /transition|attempt/.test(rule)),
  ).toEqual([]);
});

it('gives the parts of a scoring the adapter that it scores, and says what it waits for', async () => {
  const { db } = fixture;
  const [trained, scoring] = [await fixture.queued(), await fixture.queued()];
  await recordArtifact(
    db,
    (await claim(trained))!.lease,
    { kind: 'adapter', step: 4, sha256: 'a4', bytes: 3 },
    { keep: 1 },
  );
  await db.trial.update({ where: { id: scoring }, data: { kind: 'score', scoresTrialId: trained } });
  const { lease, scores } = (await claim(scoring))!;
  expect(scores).toEqual({ trialId: trained, adapter: { step: 4, sha256: 'a4', bytes: 3 } });
  await awaitTurns(db, lease, { ...waitFor(0), what: 'scores of sites' }, '');
  expect((await read(scoring)).attemptList.map(({ reason }) => reason)).toEqual(['it waits for scores of sites']);
  const [part] = (await turnsOf(scoring, 0, [null])) as [string];
  await db.trial.update({ where: { id: part }, data: { kind: 'client-score' } });
  expect((await claim(part))!.scores).toEqual(scores);
});
