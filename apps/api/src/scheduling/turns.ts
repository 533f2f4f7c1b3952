/**
 * @file Rounds of federations whose clients train as trials: their turns are created as a federation waits for them, one that stays away too
 * long is dropped, and the federation goes on once all have ended. Every step may be done again without effect.
 */
import { groupBy, siteName, type TrialKind, trialKindOf } from '@rankforge/contracts';
import { type Awaits, hasEnded, Prisma, trains, wakeUps } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { contentHash } from '../planning/trial-key.js';
import type { Sql } from '../platform/database.js';
import { nextOrdinal } from './placement.js';

interface Waiting {
  id: string;
  sweepId: string;
  kind: TrialKind;
  task: string;
  awaits: Awaits;
  held: boolean;
  retries: number;
  /** Places of the clients whose turns there are. */
  placed: number[];
}

const waits = Prisma.sql`p."state" = 'PENDING' AND p."awaits" IS NOT NULL`;
const turnOf = Prisma.sql`u."partOfId" = p."id" AND u."round" = (p."awaits"->>'round')::int`;

/** Whether a federation waits, whatever for: asked before anything is locked. */
export async function isAnyWaiting(sql: Sql): Promise<boolean> {
  const rows = await sql.$queryRaw<unknown[]>`SELECT 1 FROM "Trial" p WHERE ${waits} LIMIT 1`;
  return rows.length > 0;
}

/** Takes all federations that wait as far as they can go. The caller holds the placement lock. */
export async function settleTurns(sql: Sql): Promise<void> {
  await createTurns(sql);
  await dropLate(sql);
  await sql.$executeRaw`
    WITH ready AS (
      UPDATE "Trial" p SET "state" = 'QUEUED', "queuedAt" = clock_timestamp()
      WHERE ${waits} AND jsonb_array_length(p."awaits"->'clients') = (
        SELECT count(*) FROM "Trial" u WHERE ${turnOf} AND ${hasEnded('u')})
      RETURNING *)
    ${wakeUps(Prisma.sql`ready`)}`;
}

async function createTurns(sql: Sql): Promise<void> {
  const waiting = await sql.$queryRaw<Waiting[]>`
    SELECT p."id", p."sweepId", p."kind", p."task", p."awaits", (s."spec"->>'retries')::int AS "retries",
      COALESCE((s."spec"->'federation'->>'held')::boolean, false) AS "held",
      ARRAY(SELECT u."client" FROM "Trial" u WHERE ${turnOf}) AS "placed"
    FROM "Trial" p JOIN "Sweep" s ON s."id" = p."sweepId"
    WHERE ${waits} AND s."state" IN ('RUNNING', 'PAUSED')
    ORDER BY p."ordinal"`;
  const incomplete = waiting.filter(({ awaits, placed }) => placed.length < awaits.clients.length);
  for (const [sweepId, federations] of groupBy(incomplete, ({ sweepId }) => sweepId)) {
    const first = await nextOrdinal(sql, sweepId);
    const turns = federations.flatMap(({ id, kind, task, awaits: { round, clients }, held, retries, placed }) =>
      clients
        .filter(({ place }) => !placed.includes(place))
        .map(({ place, name }) => ({
          id: uuidv7(),
          partOfId: id,
          kind: trialKindOf(kind).parts,
          // A turn is of its federation alone: another with the same key follows the federation.
          key: contentHash({ partOf: id, round, client: place }),
          round,
          client: place,
          site: held ? siteName(task, name) : null,
          maxAttempts: retries + 1,
        })),
    );
    const rows = turns.map((turn, index) => ({ ...turn, ordinal: first + index }));
    await sql.$executeRaw`
      WITH created AS (
        INSERT INTO "Trial" ("id", "sweepId", "ordinal", "kind", "state", "key", "partOfId", "round", "client", "site", "spec", "task",
          "base", "engine", "method", "optimizer", "rank", "learningRate", "seed", "memoryBudgetMiB", "memoryClassMiB", "predicted",
          "predictedBytes", "dominantPart", "steps", "maxAttempts", "timeoutSeconds", "priority", "queuedAt")
        SELECT n."id", p."sweepId", n."ordinal", n."kind", 'QUEUED', n."key", n."partOfId", n."round", n."client",
          s."projectId"::text || '/' || n."site", p."spec",
          p."task", p."base", p."engine", p."method", p."optimizer", p."rank", p."learningRate", p."seed", p."memoryBudgetMiB",
          p."memoryClassMiB", p."predicted", p."predictedBytes", p."dominantPart", 0, n."maxAttempts", p."timeoutSeconds",
          p."priority", clock_timestamp()
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n("id" uuid, "partOfId" uuid, "kind" text, "key" text,
          "round" int, "client" int, "site" text, "maxAttempts" int, "ordinal" int)
        JOIN "Trial" p ON p."id" = n."partOfId" JOIN "Sweep" s ON s."id" = p."sweepId"
        RETURNING *)
      ${wakeUps(Prisma.sql`created ORDER BY "ordinal"`)}`;
  }
}

/** Ends the turns that a round has waited for too long, by the clock of the database. Time in which the sweep was paused before does not count. */
async function dropLate(sql: Sql): Promise<void> {
  await sql.$executeRaw`
    UPDATE "Trial" u SET "state" = 'CANCELLED', "finishedAt" = clock_timestamp(), "leaseExpiresAt" = NULL,
      "reason" = format(CASE WHEN ${trains('p')} AND u."round" < (s."spec"->'federation'->>'rounds')::int
        THEN 'it had sent nothing %s s after its round began, and the round went on without it'
        ELSE 'it had sent no scores %s s after it was asked for them' END, s."spec"->'federation'->>'roundSeconds')
    FROM "Trial" p JOIN "Sweep" s ON s."id" = p."sweepId"
    WHERE ${waits} AND ${turnOf} AND u."state" IN ('QUEUED', 'RUNNING') AND s."state" = 'RUNNING'
      AND s."spec"->'federation' ? 'roundSeconds'
      AND GREATEST(u."createdAt", (
        SELECT max(e."at") FROM "Event" e
        WHERE e."sweepId" = s."id" AND e."type" = 'sweep.state' AND e."data"->>'to' = 'RUNNING'))
        < clock_timestamp() - make_interval(secs => (s."spec"->'federation'->>'roundSeconds')::float8)`;
}
