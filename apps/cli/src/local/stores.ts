/** @file The database and the folder of data of a platform, for commands that read or fill them without its API. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlatformStores } from '@rankforge/db/backup';
import { CommandError, exitCode } from '../exit-codes.js';
import { dataFolder, rankforgeHome } from './paths.js';
import { isAlive } from './processes.js';
import { readState } from './state.js';

interface Options {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * Works with the stores that DATABASE_URL (or DATABASE_DIRECT_URL) and RANKFORGE_DATA_DIR name, or with those of `rankforge up` in
 * RANKFORGE_HOME. Where that runs, its database is used; else it is started for as long as the work takes.
 *
 * @throws CommandError where there is no platform; LocalSetupError where its database cannot be started
 */
export async function withStores<T>(work: (stores: PlatformStores) => Promise<T>, options: Options = {}): Promise<T> {
  const { env = process.env } = options;
  const named = namedStores(env);
  if (named) return work(named);
  const home = rankforgeHome(env);
  const { launcherPid, databaseUrl } = await readState(home);
  if (databaseUrl && launcherPid && isAlive(launcherPid)) return work({ databaseUrl, dataDir: dataFolder(env) });
  const isThere = await access(join(home, 'postgres', 'data', 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new CommandError(
      `there is no platform in ${home}: RANKFORGE_HOME names another folder, and DATABASE_URL a database of your own`,
      exitCode.unreachable,
    );
  }
  return withStoppedStores(work, options);
}

/**
 * The same, where nothing else may use the stores of RANKFORGE_HOME. A database that is not there is made.
 *
 * @throws LocalSetupError where `rankforge up` runs
 */
export async function withStoppedStores<T>(
  work: (stores: PlatformStores) => Promise<T>,
  { env = process.env, signal }: Options = {},
): Promise<T> {
  const named = namedStores(env);
  if (named) return work(named);
  const home = rankforgeHome(env);
  const [{ lockFolder }, { ensureDatabase, startPostgres }] = await Promise.all([
    import('./lock.js'),
    import('./postgres.js'),
  ]);
  const unlock = await lockFolder(home);
  try {
    const postgres = await startPostgres({ dir: join(home, 'postgres'), signal });
    try {
      return await work({ databaseUrl: await ensureDatabase(postgres, 'rankforge'), dataDir: dataFolder(env) });
    } finally {
      await postgres.stop();
    }
  } finally {
    await unlock();
  }
}

function namedStores(env: NodeJS.ProcessEnv): PlatformStores | undefined {
  const databaseUrl = env.DATABASE_URL && (env.DATABASE_DIRECT_URL || env.DATABASE_URL);
  return databaseUrl ? { databaseUrl, dataDir: dataFolder(env) } : undefined;
}
