/** @file What a bench asked of Postgres and Redis: statements, transactions and scripts between two readings. */
import type { Database } from '@rankforge/db';
import { Redis } from 'ioredis';
import { processorMs } from './processor.js';
import type { Servers } from './servers.js';

/** Settings of a Postgres that counts statements. */
export const countingStatements = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
  'pg_stat_statements.track_planning': 'on',
} as const;

export interface Costs {
  statements: number;
  transactions: number;
  /** Scripts of BullMQ. */
  redisScripts: number;
  /** Processor time of the bench and all that it started; null where the system does not tell. */
  processorMs: number | null;
  /** By the time they took in Postgres, planning included; the longest first. */
  byStatement: readonly { text: string; calls: number; ms: number }[];
}

/**
 * Starts to count; what is returned ends it and says what was asked meanwhile.
 *
 * @example
 * const costs = await countCosts(db, servers);
 * await work();
 * const { statements } = await costs();
 */
export async function countCosts(db: Database, { redisUrl }: Pick<Servers, 'redisUrl'>): Promise<() => Promise<Costs>> {
  await db.$executeRaw`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`;
  const transactions = async () => {
    const [row] = await db.$queryRaw<{ count: number }[]>`
      SELECT (xact_commit + xact_rollback)::float8 AS "count" FROM pg_stat_database WHERE datname = current_database()`;
    return row!.count;
  };
  const scripts = async () => {
    const redis = new Redis(redisUrl);
    try {
      const counted = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'));
      return Number(counted?.[1] ?? 0);
    } finally {
      redis.disconnect();
    }
  };
  const before = { transactions: await transactions(), scripts: await scripts(), processor: await processorMs() };
  await db.$executeRaw`SELECT pg_stat_statements_reset()`;
  return async () => {
    const processor = await processorMs();
    const rows = await db.$queryRaw<{ text: string; calls: number; ms: number }[]>`
      SELECT regexp_replace(query, '[[:space:]]+', ' ', 'g') AS "text", sum(calls)::float8 AS "calls",
        sum(total_plan_time + total_exec_time) AS "ms"
      FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      GROUP BY 1 ORDER BY 3 DESC`;
    return {
      statements: rows.reduce((sum, { calls }) => sum + calls, 0),
      transactions: (await transactions()) - before.transactions,
      redisScripts: (await scripts()) - before.scripts,
      processorMs: processor === undefined || before.processor === undefined ? null : processor - before.processor,
      byStatement: rows,
    };
  };
}
