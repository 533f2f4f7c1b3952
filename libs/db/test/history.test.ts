import { stepSeries } from '@rankforge/contracts';
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
  const points = (to: number) =>
    Array.from({ length: to }, (_, index) => index + 1).flatMap((step) =>
      stepSeries.map((name) => ({ name, step, value: 3 })),
    );
  const first = await claim();
  await recordMetrics(db, first, { points: points(40), step: 40, loss: 3 });
  await handBack(db, first, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  const second = await claim();
  const { steps } = spec.training;
  await recordMetrics(db, second, { points: points(steps), step: steps, loss: 3 });
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
      metricPoints: spec.training.steps * 6,
      problems: [],
    });
  });

  const [
    follows,
    lastIsState,
    endedTrials,
    created,
    tokensGrow,
    newestLease,
    whileRunning,
    attempts,
    oneClock,
    adapter,
    everyStep,
    thinned,
    follower,
    pruned,
    packs,
  ] = historyRules as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];

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
    ...['"uncreated" = 3', '"exhausted" = false'].map((left): [string, string[], string] => [
      `a sweep that completed while ${left}`,
      [created],
      `UPDATE "Sweep" SET "state" = 'COMPLETED', ${left}`,
    ]),
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
    [
      'a whole training that was pruned after it had succeeded',
      [pruned],
      `WITH t AS (UPDATE "Trial" SET "state" = 'PRUNED' WHERE "id" = :trial RETURNING *)
      INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
      SELECT 'trial.state', "sweepId", "id", jsonb_build_object('from', 'SUCCEEDED', 'to', 'PRUNED', 'leaseToken', "leaseToken") FROM t`,
    ],
    [
      'a pack on two devices',
      [packs],
      `UPDATE "Attempt" SET "packId" = :trial, "device" = format('cuda:%s', "number") WHERE "trialId" = :trial`,
    ],
    [
      'a trial that was packed again after a pack died with it',
      [packs],
      `UPDATE "Attempt" SET "packId" = :trial, "outcome" = CASE "number" WHEN 1 THEN 'child-died' ELSE "outcome" END
      WHERE "trialId" = :trial`,
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
    ['a step of which nothing is left', [everyStep], `DELETE FROM "Metric" WHERE "trialId" = :trial AND "step" = 17`],
    ...stepSeries.map((name): [string, string[], string] => [
      `a step without its ${name}`,
      [everyStep],
      `DELETE FROM "Metric" WHERE "trialId" = :trial AND "step" = 17 AND "name" = '${name}'`,
    ]),
    [
      'a series that is not there',
      [everyStep],
      `DELETE FROM "Metric" WHERE "trialId" = :trial AND "name" = 'memory/live'`,
    ],
    [
      'a series behind the others before the end',
      [everyStep],
      `WITH t AS (UPDATE "Trial" SET "state" = 'FAILED' WHERE "id" = :trial)
      DELETE FROM "Metric" WHERE "trialId" = :trial AND "name" = 'memory/peak' AND "step" > 90`,
    ],
    ['a success without its last steps', [everyStep], `DELETE FROM "Metric" WHERE "trialId" = :trial AND "step" > 90`],
    [
      'a thinned series with a point its summary has not',
      [thinned],
      `WITH s AS (INSERT INTO "MetricSummary" ("trialId", "thinnedAt") VALUES (:trial, now()))
      INSERT INTO "MetricSketch" VALUES (:trial, 'train/loss', 1000, 100, '{1,100}', '{3,3}')`,
    ],
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

  it.each(['CANCELLED', 'PRUNED'])('may have an attempt that has not heard yet that its trial is %s', async (state) => {
    const open = `WITH t AS (UPDATE "Trial" SET "state" = '${state}' WHERE "id" = :trial)
      UPDATE "Attempt" SET "endedAt" = NULL WHERE "trialId" = :trial`;
    expect(await afterForging(`${open} AND "number" = 2`)).not.toContain(attempts);
    expect(await afterForging(open)).toContain(attempts);
  });

  it('is as it was after all of that', async () => {
    expect((await report()).problems).toEqual([]);
  });
});
