import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import pg from 'pg';
import { waitFor } from './wait-for.js';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);

/** Why a test with PgBouncer is left out here; undefined where it runs. */
export const noPgBouncer =
  program === undefined ? 'pgbouncer is not installed (Debian: apt-get install pgbouncer)' : undefined;

/**
 * Starts a PgBouncer in transaction mode before a database, with few connections to it.
 *
 * @example
 * const pooler = await startPgBouncer(database.url);
 * await applyMigrations({ url: pooler.url });
 * await pooler.stop();
 */
export async function startPgBouncer(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const dir = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const listens = await getPort();
  const database = pathname.slice(1);
  const isRoot = process.getuid?.() === 0;
  const lines = [
    '[databases]',
    `${database} = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1`,
    `listen_port = ${listens}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 4',
    // It refuses to run as root.
    ...(isRoot ? ['user = nobody'] : []),
  ];
  await writeFile(join(dir, 'pgbouncer.ini'), lines.join('\n'));
  if (isRoot) {
    chmodSync(dir, 0o755);
    execFileSync('chown', ['-R', 'nobody', dir]);
  }
  const child: ChildProcess = spawn(program!, [join(dir, 'pgbouncer.ini')], { stdio: 'ignore' });
  const url = `postgresql://${username}@127.0.0.1:${listens}/${database}`;
  await waitFor('PgBouncer to answer', async () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with status ${child.exitCode}`);
    const client = new pg.Client(url);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
