import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clearLockedPorts } from 'get-port';
import { lockFolder } from './lock.js';
import { ensureDatabase, type PostgresServer, startPostgres } from './postgres.js';
import { type RedisServer, startRedis } from './redis.js';
import { startPatienceMs } from './start-patience.js';
import { readState, updateState } from './state.js';
import type { Watched } from './supervisor.js';

export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The private servers, for whoever depends on them; empty when DATABASE_URL and REDIS_URL named existing ones. */
  readonly watched: readonly Watched[];
  stop(): Promise<void>;
}

export interface LocalServicesOptions {
  /** The folder that holds everything: `.rankforge/`. */
  home: string;
  env?: NodeJS.ProcessEnv;
  onProgress?: (line: string) => void;
  /** Further settings of a private Postgres. */
  postgresSettings?: Readonly<Record<string, string>>;
  /** Gives up the start; what runs by then is stopped. */
  signal?: AbortSignal | undefined;
}

/**
 * The Postgres and Redis of one folder: private ones, unless DATABASE_URL or REDIS_URL name existing servers.
 *
 * @throws LocalSetupError when another launcher runs on this folder, or a server cannot be had.
 */
export async function startServices(options: LocalServicesOptions): Promise<LocalServices> {
  const { home, env = process.env, onProgress, postgresSettings: settings = {}, signal } = options;
  const patienceMs = startPatienceMs(env);
  await mkdir(home, { recursive: true });
  const unlock = await lockFolder(home);
  const before = await readState(home);
  const ports = { ...before.ports };
  const servers: { name: string; server: PostgresServer | RedisServer }[] = [];
  const stop = async () => {
    try {
      await Promise.all(servers.map(({ server }) => server.stop()));
    } finally {
      // The ports are free again: within this process a next start may have them back.
      clearLockedPorts();
      await unlock();
    }
  };
  try {
    let redisUrl = env.REDIS_URL;
    if (!redisUrl) {
      const preferredPort = before.ports?.redis;
      const redis = await startRedis({ dir: join(home, 'redis'), preferredPort, patienceMs, onProgress, signal });
      servers.push({ name: 'redis', server: redis });
      ports.redis = redis.port;
      redisUrl = redis.url();
    }
    let databaseUrl = env.DATABASE_URL;
    if (!databaseUrl) {
      const preferredPort = before.ports?.postgres;
      const postgres = await startPostgres({
        dir: join(home, 'postgres'),
        preferredPort,
        settings,
        patienceMs,
        signal,
      });
      servers.push({ name: 'postgres', server: postgres });
      ports.postgres = postgres.port;
      databaseUrl = await ensureDatabase(postgres, 'rankforge');
    }
    signal?.throwIfAborted();
    await updateState(home, { launcherPid: process.pid, ports, databaseUrl, redisUrl });
    return {
      databaseUrl,
      redisUrl,
      watched: servers.map(({ name, server }) => ({
        name,
        exited: server.exited,
        logFile: join(home, name, `${name}.log`),
      })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
