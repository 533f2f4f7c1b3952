/** @file Addresses as managed services print them, on real servers with TLS. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@rankforge/cli';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../../../test/support/certificates.js';
import { openDatabase } from '../src/client.js';
import { applyMigrations, databaseDown, PostgresSession } from '../src/index.js';

let dir: string;
let files: Certificates;
let secured: PostgresServer;
let other: PostgresServer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postgres-tls-'));
  await chmod(dir, 0o755);
  files = makeCertificates(dir, 'localhost', 'postgres');
  const settings = { fsync: 'off' };
  other = await startPostgres({ dir: join(dir, 'other'), settings });
  // The server runs as another user where the tests run as root.
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', files.serverKey]);
  const { ca, serverCert, serverKey } = files;
  await mkdir(join(dir, 'secured'));
  await writeFile(join(dir, 'secured', 'password'), other.password, { mode: 0o600 });
  secured = await startPostgres({
    dir: join(dir, 'secured'),
    settings: { ...settings, ssl: 'on', ssl_ca_file: ca, ssl_cert_file: serverCert, ssl_key_file: serverKey },
  });
});
afterAll(async () => {
  await Promise.all([secured?.stop(), other?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

/** Asks the server about a connection; answers with its error where there is none. */
async function seen(url: string): Promise<{ port: number; tls: boolean; client: string | null }> {
  const session = new PostgresSession({ connectionString: url });
  session.on('error', () => {});
  try {
    await session.connect();
    const { rows } = await session.query(
      `SELECT inet_server_port() AS port, ssl AS tls, client_dn AS client FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    return rows[0];
  } finally {
    await session.end();
  }
}

const at = (query: string, host = '127.0.0.1') =>
  `postgresql://postgres:${secured.password}@${host}:${secured.port}/postgres${query}`;

it.each<[string, (files: Certificates) => string, string]>([
  ['require without an authority', () => '?sslmode=require', '127.0.0.1'],
  ['require and the authority, by whatever name', ({ ca }) => `?sslmode=require&sslrootcert=${ca}`, '127.0.0.1'],
  ['verify-ca by whatever name', ({ ca }) => `?sslmode=verify-ca&sslrootcert=${ca}`, '127.0.0.1'],
  ['verify-full by the name in the certificate', ({ ca }) => `?sslmode=verify-full&sslrootcert=${ca}`, 'localhost'],
])('takes sslmode=%s', async (_, query, host) => {
  expect(await seen(at(query(files), host))).toEqual({ port: secured.port, tls: true, client: null });
});

it('shows the certificate of the client', async () => {
  const { ca, clientCert, clientKey } = files;
  const query = `?sslmode=verify-full&sslrootcert=${ca}&sslcert=${clientCert}&sslkey=${clientKey}`;
  expect(await seen(at(query, 'localhost'))).toMatchObject({ tls: true, client: '/CN=postgres' });
});

it('refuses a certificate of another authority, and one of another name', async () => {
  const stranger = await mkdtemp(join(dir, 'stranger-'));
  const { ca } = makeCertificates(stranger, 'localhost');
  await expect(seen(at(`?sslmode=require&sslrootcert=${ca}`))).rejects.toThrow(/certificate/);
  await expect(seen(at('?sslmode=verify-full', 'localhost'))).rejects.toThrow(/certificate/);
  await expect(seen(at(`?sslmode=verify-full&sslrootcert=${files.ca}`))).rejects.toThrow(
    "does not match certificate's",
  );
});

it('takes the one of several hosts that takes writes, and the other after a promotion', async () => {
  const password = join(dir, 'the-password');
  await writeFile(password, `${other.password}\n`);
  const hosts = `127.0.0.1:${await getPort()},127.0.0.1:${secured.port},127.0.0.1:${other.port}`;
  const url = `postgresql://postgres@${hosts}/postgres?target_session_attrs=read-write&passwordfile=${password}`;
  await readOnly(secured, 'on');
  const db = openDatabase({ url, poolSize: 1 });
  const port = async () => (await db.$queryRaw<{ port: number }[]>`SELECT inet_server_port() AS port`)[0]?.port;
  expect(await port()).toBe(other.port);
  expect((await applyMigrations({ url })).length).toBeGreaterThan(0);
  expect(await applyMigrations({ url: other.url('postgres') })).toEqual([]);
  await readOnly(other, 'on');
  expect(databaseDown(await seen(url).catch((error: unknown) => error))).toBe(true);
  await readOnly(secured, 'off');
  expect((await seen(url)).port).toBe(secured.port);
  // A standby that is promoted ends nobody's connection; a primary that is demoted starts again.
  await db.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => {});
  expect(await port()).toBe(secured.port);
  await db.$disconnect();
  await readOnly(other, 'off');
});

it('reads a password that changed while it runs at its next connection', async () => {
  const file = join(dir, 'password-of-me');
  await writeFile(file, 'first\n');
  await alter(other, `CREATE ROLE me LOGIN PASSWORD 'first'`);
  const db = openDatabase({
    url: `postgresql://me@127.0.0.1:${other.port}/postgres?passwordfile=${file}`,
    poolSize: 1,
  });
  const who = () => db.$queryRaw`SELECT current_user::text AS who`;
  expect(await who()).toEqual([{ who: 'me' }]);
  await alter(other, `ALTER ROLE me PASSWORD 'second'`);
  await db.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => {});
  await expect(who()).rejects.toThrow(/Authentication failed|password/);
  await writeFile(file, 'second\n');
  expect(await who()).toEqual([{ who: 'me' }]);
  await db.$disconnect();
});

async function alter(server: PostgresServer, ...statements: string[]): Promise<void> {
  const session = new PostgresSession({ connectionString: server.url('postgres') });
  await session.connect();
  for (const statement of statements) await session.query(statement);
  await session.end();
}

const readOnly = (server: PostgresServer, value: 'on' | 'off') =>
  alter(
    server,
    `SET transaction_read_only = off`,
    `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
    'SELECT pg_reload_conf()',
  );
