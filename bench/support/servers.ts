import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalServices, startServices } from '@rankforge/cli';
import { applyMigrations } from '@rankforge/db';

export interface Servers extends Omit<LocalServices, 'stop' | 'watched'> {
  /** A folder that is gone afterwards. */
  directory: string;
}

/**
 * Runs `work` on a private, migrated Postgres and a private Redis with the settings of `npm run demo`: fsync is on.
 *
 * @param postgresSettings further settings of the Postgres
 */
export async function withServers<T>(
  work: (servers: Servers) => Promise<T>,
  postgresSettings: Readonly<Record<string, string>> = {},
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rankforge-bench-'));
  // Figures hold for servers of this machine, whatever the environment names.
  const { DATABASE_URL, REDIS_URL, ...env } = process.env;
  const services = await startServices({ home: join(directory, 'home'), env, postgresSettings });
  try {
    await applyMigrations({ url: services.databaseUrl });
    return await work({ databaseUrl: services.databaseUrl, redisUrl: services.redisUrl, directory });
  } finally {
    await services.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
