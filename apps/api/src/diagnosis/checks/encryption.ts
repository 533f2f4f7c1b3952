import { type Check, ok, warn } from './check.js';

interface Session {
  from: string;
  isLocal: boolean;
  /** Of TLS; null where there is none. */
  version: string | null;
  count: number;
}

/** TLS of connections to PostgreSQL, those of workers and other API pods among them, and of the API's own to Redis. */
export const encryption: Check = {
  name: 'TLS',
  advice: 'look at PostgreSQL and Redis first',
  async look({ database, queues }) {
    const sessions = await database.$queryRaw<Session[]>`
      SELECT coalesce(host(a."client_addr"), 'a socket') AS "from",
        a."client_addr" IS NULL OR a."client_addr" <<= '127.0.0.0/8' OR a."client_addr" = '::1' AS "isLocal",
        CASE WHEN s."ssl" THEN s."version" END AS "version", count(*)::int AS "count"
      FROM pg_stat_activity a JOIN pg_stat_ssl s USING ("pid")
      WHERE a."datname" = current_database() AND a."usename" = current_user
      GROUP BY 1, 2, 3 ORDER BY 1`;
    const { isEncrypted, isLocal } = await queues.inspect();
    const redis = 'TLS to Redis';
    return [
      ofPostgres(sessions),
      isEncrypted || isLocal
        ? ok(redis, isEncrypted ? 'encrypted' : 'none, on this machine')
        : warn(redis, 'the connection is not encrypted', 'use rediss:// in REDIS_URL'),
    ];
  },
};

function ofPostgres(sessions: readonly Session[]) {
  const name = 'TLS to PostgreSQL';
  const total = sessions.reduce((sum, { count }) => sum + count, 0);
  const open = sessions.filter(({ version, isLocal }) => version === null && !isLocal);
  if (open.length > 0) {
    const from = open.map(({ from, count }) => `${count} from ${from}`).join(', ');
    return warn(
      name,
      `of ${total} connections are not encrypted: ${from}`,
      'add sslmode=verify-full to DATABASE_URL of these programs',
    );
  }
  const versions = new Set(sessions.map(({ version }) => version ?? 'none on this machine'));
  return ok(name, `${total} connections: ${[...versions].sort().join(', ')}`);
}
