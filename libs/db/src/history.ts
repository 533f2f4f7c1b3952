/**
 * @file Checks what a sweep has left behind: the append-only log, the rows it is about, attempts and metrics. A sound
 * history proves that no trial was lost, run to two results, or written to by a worker whose lease had passed on.
 */
import { finalTrialStates } from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

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

const final = Prisma.sql`${[...finalTrialStates]}::text[]`;

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
      WHERE w."id" = ${sweepId}::uuid AND w."state" IN ('COMPLETED', 'CANCELLED') AND NOT t."state"::text = ANY(${final})`,
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
        OR count(a."id") FILTER (WHERE a."endedAt" IS NULL) > (CASE WHEN t."state" IN ('RUNNING', 'CANCELLED') THEN 1 ELSE 0 END))`,
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
      WHERE t."sweepId" = ${sweepId}::uuid AND t."kind" = 'train' AND t."state" = 'SUCCEEDED' AND t."leaderId" IS NULL
        AND NOT EXISTS (SELECT 1 FROM "Artifact" a WHERE a."trialId" = t."id" AND a."kind" = 'adapter')`,
  },
  {
    name: 'losses are a prefix of the steps without a gap, and whole where the training succeeded',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId",
        format('%s losses from step %s to %s of %s while %s', count(m."step"), min(m."step"), max(m."step"), t."steps", t."state")
          AS "found"
      FROM "Trial" t LEFT JOIN "Metric" m ON m."trialId" = t."id" AND m."name" = 'train/loss'
      WHERE t."sweepId" = ${sweepId}::uuid AND t."kind" = 'train' AND t."leaderId" IS NULL
      GROUP BY t."id"
      HAVING (count(m."step") > 0 AND (min(m."step") <> 1 OR max(m."step") <> count(m."step")))
        OR (t."state" = 'SUCCEEDED' AND count(m."step") <> t."steps")`,
  },
  {
    name: 'a trial that took the result of another has the key of one that has it',
    breaks: (sweepId) => Prisma.sql`
      SELECT t."id" AS "trialId", format('succeeded behind %s, which is %s', l."id", l."state") AS "found"
      FROM "Trial" t JOIN "Trial" l ON l."id" = t."leaderId"
      WHERE t."sweepId" = ${sweepId}::uuid AND t."state" = 'SUCCEEDED'
        AND (l."state" <> 'SUCCEEDED' OR l."key" <> t."key")`,
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
