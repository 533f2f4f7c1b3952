#!/usr/bin/env node
/**
 * Makes the references of test/e2e/upgraded-boards.e2e-spec.ts: a database that an older version of the platform filled, and the answers
 * that it gave then. Everything that is run or read is that version's own; it takes a minute on two cores.
 *
 * git worktree add /tmp/older b62821a && (cd /tmp/older && npm ci && npm run build)
 * node test/upgrade/make.mjs /tmp/older
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { datasets, sweeps } from './sweeps.mjs';

const older = resolve(process.argv[2] ?? '');
const commit = execFileSync('git', ['-C', older, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const moduleOf = (path) => import(join(older, path));
const { startPostgres } = await moduleOf('apps/cli/dist/local/postgres.js');
const { startRedis } = await moduleOf('apps/cli/dist/local/redis.js');
const { startService } = await moduleOf('apps/cli/dist/local/processes.js');
const { applyMigrations, createKey, openDatabase } = await moduleOf('libs/db/dist/index.js');
const pg = createRequire(join(older, 'libs/db/package.json'))('pg');

const folder = mkdtempSync(join(tmpdir(), 'rankforge-older-'));
const [postgres, redis] = await Promise.all([
  startPostgres({ dir: join(folder, 'postgres'), settings: { fsync: 'off' } }),
  startRedis({ dir: join(folder, 'redis') }),
]);
const url = postgres.url('postgres');
const services = [];
try {
  await applyMigrations({ url });
  const db = openDatabase({ url, poolSize: 2 });
  const { secret } = await createKey(db, { name: 'maker', role: 'admin' });
  await db.$disconnect();
  const start = async (name) => {
    const service = await startService({
      name,
      command: process.execPath,
      args: [join(older, `apps/${name}/dist/main.js`)],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        DATABASE_URL: url,
        REDIS_URL: redis.url(),
        RANKFORGE_DATA_DIR: join(folder, 'data'),
        RANKFORGE_WORKER_SLOTS: '2',
        HOST: '127.0.0.1',
        PORT: port,
      },
      cwd: older,
      logFile: join(folder, `${name}.log`),
    });
    services.push(service);
    return service;
  };
  const port = '39471';
  const api = `http://127.0.0.1:${port}`;
  const request = async (path, { body, form, headers } = {}) => {
    const response = await fetch(`${api}${path}`, {
      method: body === undefined && form === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: form ?? (body && JSON.stringify(body)),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await start('api');
  await until('the API', () =>
    fetch(`${api}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const worker = await start('worker');

  for (const { spec, file } of datasets()) {
    const form = new FormData();
    form.set('spec', JSON.stringify(spec));
    form.set('file', new Blob([file]), `${spec.name}.jsonl`);
    await request('/v1/datasets', { form });
  }
  const [published] = JSON.parse(readFileSync(new URL('../e2e/fixtures/peft-results.json', import.meta.url))).results;
  await request('/v1/published-results', { body: published });

  const trialsOf = async (id) => (await request(`/v1/trials?sweepId=${id}&limit=200`)).items;
  const trained = new Map();
  const made = [];
  for (const next of sweeps) {
    const { after, ...body } = next((name) => trained.get(name));
    if (after) await worker.stop();
    const { id } = await request('/v1/sweeps', { body, headers: { 'idempotency-key': randomUUID() } });
    made.push({ id, ...body });
    if (after) {
      await request(`/v1/sweeps/${id}/${after}`, { body: {} });
      continue;
    }
    await until(`the sweep "${body.name}"`, async () => (await request(`/v1/sweeps/${id}`)).state === 'COMPLETED');
    const trials = await trialsOf(id);
    const first = trials.find(({ kind, state }) => kind === 'train' && state === 'SUCCEEDED');
    if (first) trained.set(body.name, first.id);
    const ends = new Map();
    for (const { state } of trials) ends.set(state, (ends.get(state) ?? 0) + 1);
    console.log(`${body.name}: ${[...ends].map(([state, count]) => `${count} ${state}`).join(', ')}`);
  }

  const { boards } = await request('/v1/leaderboards');
  const { tasks } = await request('/v1/tasks');
  const board = (query) => `/v1/leaderboard?${new URLSearchParams(query)}`;
  const paths = [
    '/v1/leaderboards',
    '/v1/standings',
    '/v1/standings?memoryBudgetMiB=2',
    ...boards.flatMap(({ task, base, kind, published }) => {
      const of = { task, base, ...(published ? {} : { kind }) };
      const metrics = published ? [] : tasks.find(({ name }) => name === task).metrics.map(({ name }) => name);
      return [
        board(of),
        board({ ...of, by: 'configuration' }),
        board({ ...of, memoryBudgetMiB: 2 }),
        board({ ...of, maxTrainableParameters: 2000 }),
        ...metrics.map((metric) => board({ ...of, by: 'configuration', metric })),
      ];
    }),
    ...made.flatMap(({ id, task, base }) => [
      board({ task, base, sweepId: id, by: 'configuration' }),
      `/v1/sweeps/${id}`,
      `/v1/sweeps/${id}/curves`,
      `/v1/trials?sweepId=${id}&limit=200`,
    ]),
  ];
  const answers = {};
  for (const path of paths) answers[path] = await request(path);

  for (const service of services.reverse()) await service.stop();
  const here = (name) => new URL(name, import.meta.url);
  writeFileSync(here('populated.sql.gz'), gzipSync(await dump(), { level: 9 }));
  writeFileSync(here('answers.json.gz'), gzipSync(JSON.stringify({ commit, answers }), { level: 9 }));
} finally {
  for (const service of services) await service.stop();
  await Promise.all([postgres.stop(), redis.stop()]);
  rmSync(folder, { recursive: true, force: true });
}

async function until(what, holds) {
  for (const end = Date.now() + 300_000; Date.now() < end; await sleep(200)) if (await holds()) return;
  throw new Error(`waited five minutes for ${what}; the logs are in ${folder}`);
}

/**
 * Statements that fill the tables of a database that has the same migrations. `pg_dump` would write the tables as well, but it
 * does not come with the server of npm, and what made the tables is in this repository: names and checksums of the migrations
 * are among the rows.
 */
async function dump() {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows: tables } = await client.query(`
      SELECT c.oid, quote_ident(c.relname) AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.oid, c.relname ORDER BY c.relname`);
    const statements = [];
    for (const { name, columns } of tables) {
      const { rows } = await client.query(`SELECT row_to_json(t)::text AS row FROM (SELECT ${columns} FROM ${name}) t`);
      if (rows.length === 0) continue;
      const values = `[${rows.map(({ row }) => row).join(',\n')}]`.replaceAll("'", "''");
      statements.push(
        `DELETE FROM ${name};`,
        `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM json_populate_recordset(NULL::${name}, '${values}');`,
      );
    }
    const { rows: sequences } = await client.query(
      "SELECT quote_ident(sequencename) AS name, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL",
    );
    for (const { name, last_value } of sequences) statements.push(`SELECT setval('${name}', ${last_value});`);
    return `-- Made by test/upgrade/make.mjs from ${commit}.\nSET session_replication_role = replica;\n${statements.join('\n')}\nRESET session_replication_role;\n`;
  } finally {
    await client.end();
  }
}
