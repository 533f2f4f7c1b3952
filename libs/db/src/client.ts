/** @file The connection to Postgres that the API, the worker and the CLI share. */
import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';
import { PostgresSession } from './postgres-session.js';

export type Database = PrismaClient;

/**
 * Opens a pooled client. The caller disconnects it.
 * @param options.poolSize connections at most; default 10
 * @param options.statementTimeoutMs longest time to wait for an answer; default: no limit
 * @example const db = openDatabase({ url: process.env.DATABASE_URL });
 */
export function openDatabase(options: { url: string; poolSize?: number; statementTimeoutMs?: number }): Database {
  return new PrismaClient({
    adapter: new PrismaPg(
      {
        Client: PostgresSession,
        connectionString: options.url,
        max: options.poolSize ?? 10,
        // A host that vanished answers nothing at all: without limits a caller would wait for TCP, many minutes.
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
        ...(options.statementTimeoutMs ? { query_timeout: options.statementTimeoutMs } : {}),
      },
      { statementNameGenerator: preparedName as (query: { sql: string }) => string },
    ),
  });
}

/**
 * The name under which a connection keeps a statement prepared, so that it is planned once and not at each call: those of
 * several parts, which are few, always the same text, and take longer to plan than to run. Others are as many as there are
 * lengths of lists in them, and are not kept.
 */
function preparedName({ sql }: { sql: string }): string | undefined {
  if (!/^\s*WITH\b/.test(sql)) return undefined;
  return createHash('sha256').update(sql).digest('base64url').slice(0, 32);
}
