/**
 * @file Checks what a sweep has left behind: the append-only log, the rows it is about, attempts and metrics. A sound
 * history proves that no trial was lost, run to two results, or written to by a worker whose lease had passed on.
 */
import { stepSeries } from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { finestRoom } from './series.js';
import { recordsEachStep, trains } from './trial-kinds.js';
import { hasEnded, hasResult } from './trial-states.js';

export interface HistoryProblem {
  /** Which rule is broken. */
  rule: string;
  trialId: string | null;
  /** What was found. */
  found: string;
}

export interface HistoryReport {
  trials: number;
  events: number;
  attempts: number;
  metricPoints: number;
  /** At most 100 of each rule. */
  problems: HistoryProblem[];
}

interface Rule {
  name: string;
  /** Rows `trialId`, `found` for each break of the rule, among the trials of one sweep. */
  breaks(sweepId: string): Prisma.Sql;
}

/** State events of the sweep's trials, each with the one before it. */
const states = (sweepId: string) => Prisma.sql`
  SELECT e."id", e."trialId", e."data"->>'from' AS "from", e."data"->>'to' AS "to",
    (e."data"->>'leaseToken')::bigint AS "token",
    lag(e."data"->>'to') OVER per_trial AS "before",
    lag((e."data"->>'leaseToken')::bigint) OVER per_trial AS "tokenBefore",
    lead(e."id") OVER per_trial AS "next"
  FROM "Event" e WHERE e."sweepId" = ${sweepId}::uuid AND e."type" = 'trial.state'
  WINDOW per_trial AS (PARTITION BY e."trialId" ORDER BY e."id")`;

const rules: readonly Rule[] = [
  {
    name: 'transitions follow each other and are allowed',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT "trialId", format('%s → %s after %s', coalesce("from", 'created'), "to", coalesce("before", 'nothing')) AS "found"
      FROM s WHERE "from" IS DISTINCT FROM "before" OR ("from" IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM "trial_transition" t WHERE t."from"::text = s."from" AND t."to"::text = s."to"))`,
  },
  {
    name: 'the last transition is the state of the trial',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT t."id" AS "trialId", format('log says %s, row says %s', coalesce(s."to", 'nothing'), t."state") AS "found"
      FROM "Trial" t LEFT JOIN s ON s."trialId" = t."id" AND s."next" IS NULL
      WHERE t."sweepId" = ${sweepId}::uuid AND s."to" IS DISTINCT FROM t."state"::text`,
  },
  {
    name: 'a sweep that ended has ended trials',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId", format('%s in a sweep that is %s', t."state", w."state") AS "found"
      FROM "Trial" t JOIN "Sweep" w ON w."id" = t."sweepId"
      WHERE w."id" = ${sweepId}::uuid AND w."state" IN ('COMPLETED', 'CANCELLED') AND NOT ${hasEnded('t')}`,
  },
  {
    name: 'a sweep that completed has a row for every trial of its plan',
    breaks: (sweepId) => Prisma.sql`
      SELECT NULL::uuid AS "trialId", format('%s trials have no row, and its strategy %s',
        "uncreated", CASE WHEN "exhausted" THEN 'asks for no more' ELSE 'has more to ask for' END) AS "found"
      FROM "Sweep"
      WHERE "id" = ${sweepId}::uuid AND "state" = 'COMPLETED' AND ("uncreated" > 0 OR NOT "exhausted")`,
  },
  {
    name: 'a claim makes the lease token grow, and nothing makes it smaller',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT "trialId", format('%s with token %s after token %s', "to", "token", "tokenBefore") AS "found" FROM s
      WHERE "token" < "tokenBefore" OR ("to" = 'RUNNING' AND "token" <= "tokenBefore")`,
  },
  {
    name: 'a result is written under the newest lease',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT "trialId", format('%s under token %s, claimed under %s', "to", "token", "tokenBefore") AS "found" FROM s
      WHERE "from" = 'RUNNING' AND "to" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED') AND "token" <> "tokenBefore"`,
  },
  {
    name: 'progress is made while running',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT e."trialId", format('step %s while %s', e."data"->>'step', s."to") AS "found"
      FROM "Event" e JOIN s ON s."trialId" = e."trialId" AND s."id" < e."id" AND (s."next" IS NULL OR e."id" < s."next")
      WHERE e."sweepId" = ${sweepId}::uuid AND e."type" = 'trial.progress' AND s."to" <> 'RUNNING'`,
  },
  {
    name: 'attempts are numbered without a gap, under growing tokens, and one at a time',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId",
        format('%s attempts counted; rows %s under tokens %s, %s open while %s', t."attempts",
          array_agg(a."number" ORDER BY a."number"), array_agg(a."leaseToken" ORDER BY a."number"),
          count(a."id") FILTER (WHERE a."endedAt" IS NULL), t."state") AS "found"
      FROM "Trial" t LEFT JOIN "Attempt" a ON a."trialId" = t."id"
      WHERE t."sweepId" = ${sweepId}::uuid
      GROUP BY t."id"
      HAVING count(a."id") > 0 AND (
        array_agg(a."number" ORDER BY a."number") <> ARRAY(SELECT generate_series(1, count(a."id")::int))
        OR array_agg(a."leaseToken" ORDER BY a."number") <> array_agg(a."leaseToken" ORDER BY a."leaseToken")
        OR count(DISTINCT a."leaseToken") <> count(a."id")
        OR count(a."id") FILTER (WHERE a."endedAt" IS NULL) > (CASE WHEN t."state" IN ('RUNNING', 'CANCELLED', 'PRUNED') THEN 1 ELSE 0 END))`,
  },
  {
    name: 'an attempt ends after it has begun, by one clock',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId", format('attempt %s began %s and ended %s', a."number", a."startedAt", a."endedAt") AS "found"
      FROM "Attempt" a JOIN "Trial" t ON t."id" = a."trialId"
      WHERE t."sweepId" = ${sweepId}::uuid AND a."endedAt" < a."startedAt"`,
  },
  {
    name: 'a training that succeeded has left its adapter',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId", format('succeeded at step %s of %s', t."step", t."steps") AS "found" FROM "Trial" t
      WHERE t."sweepId" = ${sweepId}::uuid AND ${trains('t')} AND ${hasResult('t')} AND t."leaderId" IS NULL
        AND NOT EXISTS (SELECT 1 FROM "Artifact" a WHERE a."trialId" = t."id" AND a."kind" = 'adapter')`,
  },
  {
    name: 'what is recorded at each step is a prefix of the steps, or of those after the trial it goes on from, without a gap, the same of every series, and whole where the training succeeded',
    // The summary of a thinned series says how many points there were; it was made while all of them were there.
    breaks: (sweepId) => Prisma.sql`
      SELECT "id" AS "trialId",
        format('%s: %s points from step %s to %s of %s while %s', "name", "total", "first", "last", "steps", "state") AS "found"
      FROM (
        SELECT t."id", t."state", t."steps", COALESCE(c."step", 0) + 1 AS "next", n."name",
          min(m."step") AS "first", COALESCE(max(m."step"), 0) AS "last",
          COALESCE(max(max(m."step")) OVER (PARTITION BY t."id"), 0) AS "furthest",
          CASE WHEN s."thinnedAt" IS NULL THEN count(m."step") ELSE (
            SELECT max(k."total") FROM "MetricSketch" k WHERE k."trialId" = t."id" AND k."name" = n."name")
          END AS "total"
        FROM "Trial" t CROSS JOIN unnest(${[...stepSeries]}::text[]) n("name")
          LEFT JOIN "Trial" c ON c."id" = t."continuesId"
          LEFT JOIN "Metric" m ON m."trialId" = t."id" AND m."name" = n."name"
          LEFT JOIN "MetricSummary" s ON s."trialId" = t."id"
        WHERE t."sweepId" = ${sweepId}::uuid AND ${recordsEachStep('t')} AND t."leaderId" IS NULL
        GROUP BY t."id", c."id", s."trialId", n."name"
      ) l
      WHERE ("total" > 0 AND ("first" NOT IN (1, "next") OR "last" - "first" + 1 <> "total"))
        OR "last" <> CASE WHEN "state" = 'SUCCEEDED' THEN "steps" ELSE "furthest" END`,
  },
  {
    name: 'a thinned series has the points of its summary and no other',
    breaks: (sweepId) => Prisma.sql`
      SELECT k."trialId", format('%s: %s points, %s in the summary', k."name", cardinality(m."steps"), cardinality(k."steps"))
        AS "found"
      FROM "MetricSketch" k JOIN "MetricSummary" s ON s."trialId" = k."trialId" AND s."thinnedAt" IS NOT NULL
        JOIN "Trial" t ON t."id" = k."trialId"
        CROSS JOIN LATERAL (
          SELECT array_agg(m."step" ORDER BY m."step") AS "steps", array_agg(m."value" ORDER BY m."step") AS "values"
          FROM "Metric" m WHERE m."trialId" = k."trialId" AND m."name" = k."name") m
      WHERE t."sweepId" = ${sweepId}::uuid AND k."room" = ${finestRoom}::int
        AND (m."steps" IS DISTINCT FROM k."steps" OR m."values" IS DISTINCT FROM k."values")`,
  },
  {
    name: 'a trial that took the result of another has the key of one that has it',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId", format('succeeded behind %s, which is %s', l."id", l."state") AS "found"
      FROM "Trial" t JOIN "Trial" l ON l."id" = t."leaderId"
      WHERE t."sweepId" = ${sweepId}::uuid AND t."state" = 'SUCCEEDED'
        AND (NOT ${hasResult('l')} OR l."key" <> t."key")`,
  },
  {
    name: 'what was pruned after it had succeeded stopped at a rung, and has its result',
    breaks: (sweepId) => Prisma.sql`
      WITH s AS (${states(sweepId)})
      SELECT t."id" AS "trialId", format('pruned at step %s of %s, result %s', t."step", t."steps", t."result") AS "found"
      FROM s JOIN "Trial" t ON t."id" = s."trialId"
      WHERE s."from" = 'SUCCEEDED' AND s."to" = 'PRUNED' AND (NOT t."spec" ? 'until' OR t."result" IS NULL OR t."step" <> t."steps")`,
  },
  {
    name: 'a pack runs on one worker, and a trial that one took down is packed no more',
    breaks: (sweepId) => Prisma.sql`
      SELECT a."trialId", format('attempt %s in pack %s: %s', a."number", a."packId", broken."how") AS "found"
      FROM "Attempt" a JOIN "Trial" t ON t."id" = a."trialId"
        CROSS JOIN LATERAL (
          SELECT 'another member has another worker, device or engine' AS "how" FROM "Attempt" b
          WHERE b."packId" = a."packId"
            AND (b."workerId", b."device", b."engine") IS DISTINCT FROM (a."workerId", a."device", a."engine")
          UNION ALL
          SELECT format('attempt %s ended with its pack', b."number") FROM "Attempt" b
          WHERE b."trialId" = a."trialId" AND b."number" < a."number" AND b."packId" IS NOT NULL
            AND b."outcome" = 'child-died') broken
      WHERE t."sweepId" = ${sweepId}::uuid AND a."packId" IS NOT NULL`,
  },
];

export const historyRules: readonly string[] = rules.map(({ name }) => name);

/**
 * Reads the history of a sweep and says where it breaks a rule. A sweep that still runs can be checked too: what is read
 * is one snapshot.
 *
 * @example (await checkHistory(db, sweepId)).problems // [] where all is sound
 */
export function checkHistory(db: Database, sweepId: string): Promise<HistoryReport> {
  return db.$transaction((sql) => readHistory(sql, sweepId), { isolationLevel: 'RepeatableRead', timeout: 120_000 });
}

/** `checkHistory` within a transaction of the caller's. */
export async function readHistory(sql: Prisma.TransactionClient, sweepId: string): Promise<HistoryReport> {
  const problems: HistoryProblem[] = [];
  for (const { name, breaks } of rules) {
    const found = await sql.$queryRaw<{ trialId: string | null; found: string }[]>(
      Prisma.sql`${breaks(sweepId)} LIMIT 100`,
    );
    problems.push(...found.map((row) => ({ rule: name, ...row })));
  }
  const [counts] = await sql.$queryRaw<Omit<HistoryReport, 'problems'>[]>`
    SELECT (SELECT count(*) FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid)::int AS "trials",
      (SELECT count(*) FROM "Event" WHERE "sweepId" = ${sweepId}::uuid)::int AS "events",
      (SELECT count(*) FROM "Attempt" a JOIN "Trial" t ON t."id" = a."trialId"
        WHERE t."sweepId" = ${sweepId}::uuid)::int AS "attempts",
      (SELECT count(*) FROM "Metric" m JOIN "Trial" t ON t."id" = m."trialId"
        WHERE t."sweepId" = ${sweepId}::uuid)::int AS "metricPoints"`;
  return { ...counts!, problems };
}
