import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, spec } from '../../../test/support/trials.js';
import {
  checkHistory,
  claimTrial,
  finishTrial,
  handBack,
  historyRules,
  readHistory,
  recordArtifact,
  recordMetrics,
} from '../src/index.js';

let fixture: Fixture;
/** Ran to its end in its second attempt. */
let trialId: string;

beforeAll(async () => {
  fixture = await openFixture();
  const { db, workerId } = fixture;
  trialId = await fixture.queued();
  const claim = async () => {
    const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 30 });
    if (!claimed) throw new Error('not claimed');
    return claimed.lease;
  };
  const losses = (to: number) =>
    Array.from({ length: to }, (_, index) => ({ name: 'train/loss', step: index + 1, value: 3 }));
  const first = await claim();
  await recordMetrics(db, first, { points: losses(40), step: 40, loss: 3 });
  await handBack(db, first, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  const second = await claim();
  const { steps } = spec.training;
  await recordMetrics(db, second, { points: losses(steps), step: steps, loss: 3 });
  await recordArtifact(db, second, { kind: 'adapter', step: steps, sha256: '0'.repeat(64), bytes: 1 }, { keep: 1 });
  const result = { validation: { loss: 3 }, seconds: 1 };
  await finishTrial(db, second, { state: 'SUCCEEDED', result, measured: memory, objective: 3, step: steps }, '');
});
afterAll(() => fixture.close());

const report = () => checkHistory(fixture.db, fixture.sweepId);

/** Does what no statement of the platform can do, since triggers and constraints are off, and takes it back. */
async function afterForging(statement: string): Promise<string[]> {
  let broken: string[] = [];
  const undo = new Error('undo');
  await fixture.db
    .$transaction(async (sql) => {
      await sql.$executeRawUnsafe(`SET LOCAL session_replication_role = 'replica'`);
      await sql.$executeRawUnsafe(statement.replaceAll(':trial', `'${trialId}'`));
      const { problems } = await readHistory(sql, fixture.sweepId);
      broken = [...new Set(problems.map(({ rule }) => rule))];
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return broken;
}

describe('the history of a sweep', () => {
  it('is sound where the platform wrote it', async () => {
    expect(await report()).toEqual({
      trials: 1,
      // Created, claimed, progress, handed back, claimed, progress, succeeded; and the sweep's own creation.
      events: 8,
      attempts: 2,
      metricPoints: spec.training.steps,
      problems: [],
    });
  });

  const [
    follows,
    lastIsState,
    endedTrials,
    tokensGrow,
    newestLease,
    whileRunning,
    attempts,
    oneClock,
    adapter,
    losses,
    follower,
  ] = historyRules as [string, string, string, string, string, string, string, string, string, string, string];

  it.each([
    [
      'a state that was skipped',
      [follows],
      `UPDATE "Event" SET "data" = jsonb_set("data", '{from}', '"PENDING"')
      WHERE "trialId" = :trial AND "data"->>'to' = 'SUCCEEDED'`,
    ],
    [
      'a transition nobody may make',
      [follows],
      `UPDATE "Event" SET "data" = jsonb_set("data", '{to}', '"PENDING"')
      WHERE "trialId" = :trial AND "data"->>'from' = 'RUNNING' AND "data"->>'to' = 'QUEUED'`,
    ],
    ['a state that was never logged', [lastIsState], `UPDATE "Trial" SET "state" = 'FAILED' WHERE "id" = :trial`],
    [
      'a sweep that ended before its trial',
      [lastIsState, endedTrials],
      `
      WITH w AS (UPDATE "Sweep" SET "state" = 'COMPLETED') UPDATE "Trial" SET "state" = 'QUEUED' WHERE "id" = :trial`,
    ],
    [
      'a claim under the token of the one before',
      [tokensGrow, newestLease],
      `UPDATE "Event"
      SET "data" = jsonb_set("data", '{leaseToken}', '1') WHERE "trialId" = :trial AND "data"->>'to' = 'RUNNING'`,
    ],
    [
      'a result of a worker whose lease had passed on',
      [tokensGrow, newestLease],
      `UPDATE "Event"
      SET "data" = jsonb_set("data", '{leaseToken}', '1') WHERE "trialId" = :trial AND "data"->>'to' = 'SUCCEEDED'`,
    ],
    [
      'progress after the end',
      [whileRunning],
      `INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
      SELECT 'trial.progress', "sweepId", "id", '{"step": 101}' FROM "Trial" WHERE "id" = :trial`,
    ],
    ['two attempts with one token', [attempts], `UPDATE "Attempt" SET "leaseToken" = 2 WHERE "trialId" = :trial`],
    ['an attempt that never ended', [attempts], `UPDATE "Attempt" SET "endedAt" = NULL WHERE "trialId" = :trial`],
    ['an attempt that is missing', [attempts], `DELETE FROM "Attempt" WHERE "trialId" = :trial AND "number" = 1`],
    [
      'an attempt that ended by a clock an hour slow',
      [oneClock],
      `UPDATE "Attempt" SET "endedAt" = "endedAt" - interval '1 hour' WHERE "trialId" = :trial AND "number" = 1`,
    ],
    ['a success without its adapter', [adapter], `DELETE FROM "Artifact" WHERE "trialId" = :trial`],
    ['a step without its loss', [losses], `DELETE FROM "Metric" WHERE "trialId" = :trial AND "step" = 17`],
    ['a success without its last steps', [losses], `DELETE FROM "Metric" WHERE "trialId" = :trial AND "step" > 90`],
    [
      'a result taken from a trial of another key',
      [follower],
      `INSERT INTO "Trial" SELECT (jsonb_populate_record(t,
      jsonb_build_object('id', gen_random_uuid(), 'ordinal', 99, 'leaderId', t."id", 'key', 'other', 'kind', 'score'))).* FROM "Trial" t
      WHERE "id" = :trial`,
    ],
  ])('that has %s is not', async (_, expected, statement) => {
    const broken = await afterForging(statement);
    for (const rule of expected) expect(broken).toContain(rule);
  });

  it('is as it was after all of that', async () => {
    expect((await report()).problems).toEqual([]);
  });
});
