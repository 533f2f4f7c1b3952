#!/usr/bin/env node
/**
 * The schema engine that the `prisma` command line expects to download, from npm instead: the WebAssembly build of the same
 * commit, speaking the engine's JSON-RPC over stdin and stdout. `scripts/prisma.mjs` names it in PRISMA_SCHEMA_ENGINE_BINARY.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const engineFolder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));

const charOid = 18;
const textOid = 25;

const charColumns = Symbol('columns of type "char"');

/** adapter-pg refuses "char" (oid 18), which the catalogue tables are full of: it sees text, and the columns are noted. */
class CatalogPool extends pg.Pool {
  async query(...args) {
    const result = await super.query(...args);
    const noted = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []));
    for (const index of noted) result.fields[index].dataTypeID = textOid;
    if (noted.length > 0) result.rows[charColumns] = noted;
    return result;
  }
}

/**
 * adapter-pg's factory with its faults avoided: given a connection string its shadow database is the real one, since the
 * string's database wins over the one asked for; and it drops the shadow while its own connections to it are open.
 */
function adapterFactory(url) {
  const main = connectionOptions(url);
  const open = async (database, cleanUp = async () => {}) => {
    const pool = new CatalogPool({ ...main, database });
    pool.on('error', () => {});
    const adapter = await new PrismaPg(pool).connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const index of result.rows[charColumns] ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    };
    // Its own splits at semicolons, also those within a function's body; without arguments a whole script is one query.
    adapter.executeScript = async (sql) => void (await adapter.executeRaw({ sql, args: [], argTypes: [] }));
    adapter.dispose = async () => {
      await pool.end();
      await cleanUp();
    };
    return adapter;
  };
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => open(main.database),
    async connectToShadowDb() {
      const shadow = `prisma_migrate_shadow_db_${randomUUID()}`;
      await asAdmin(main, (client) => client.query(`CREATE DATABASE "${shadow}"`));
      return open(shadow, () => asAdmin(main, (client) => client.query(`DROP DATABASE IF EXISTS "${shadow}"`)));
    },
  };
}

function connectionOptions(url) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: searchParams.get('host') ?? decodeURIComponent(hostname),
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || 'postgres',
    ssl: ['require', 'verify-ca', 'verify-full'].includes(searchParams.get('sslmode') ?? ''),
  };
}

async function asAdmin(options, work, database = 'postgres') {
  const client = new pg.Client({ ...options, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

// A panic traps within a microtask, after it has left its reason here: 101 is what a panicking engine ends with.
const panic = { message: undefined, set_message: (message) => Object.assign(panic, { message }) };
globalThis.PRISMA_WASM_PANIC_REGISTRY = panic;
process.on('uncaughtException', (error) => {
  const message = panic.message ?? error.stack;
  console.error(JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields: { message } }));
  process.exit(101);
});

async function loadEngine(datamodels, url) {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const { instance } = await WebAssembly.instantiate(readFileSync(join(engineFolder, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(url));
  return {
    factory,
    engine: await glue.SchemaEngine.new(
      { datamodels: datamodels.length > 0 ? datamodels : undefined },
      () => {},
      factory,
    ),
  };
}

/** PostgreSQL's error codes as the codes that Prisma's command line reacts to. */
const prismaCodes = { '28P01': 'P1000', 28000: 'P1000', ECONNREFUSED: 'P1001', ENOTFOUND: 'P1001', '3D000': 'P1003' };

function describe(error, factory) {
  // The engine reports a database error as a number under which the adapter kept it.
  const id = /^\d+$/.test(String(error?.message ?? '')) ? Number(error.message) : undefined;
  const original = (id === undefined ? undefined : factory?.errorRegistry.consumeError(id)?.error) ?? error;
  const message = original?.message || String(original);
  const code = error?.code ?? original?.cause?.originalCode ?? original?.code;
  return { message, error_code: /^P\d{4}$/.test(code ?? '') ? code : prismaCodes[code] };
}

async function runOnce(command, url) {
  const options = connectionOptions(url);
  if (command === 'can-connect-to-database') return asAdmin(options, () => {}, options.database);
  const sql = {
    'create-database': `CREATE DATABASE "${options.database}"`,
    'drop-database': `DROP DATABASE "${options.database}"`,
  }[command];
  if (!sql) throw new Error(`the engine of prisma/engine-shim.mjs has no command "${command}"`);
  await asAdmin(options, (client) => client.query(sql));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: 'string', multiple: true, default: [] },
    datasource: { type: 'string' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
    version: { type: 'boolean' },
  },
});
const url = (values.datasource ? JSON.parse(values.datasource).url : undefined) ?? process.env.DATABASE_URL;

if (values.version) {
  const { version } = JSON.parse(readFileSync(join(engineFolder, 'package.json'), 'utf8'));
  console.log(`schema-engine-cli ${version.split('.').at(-1)}`);
} else if (positionals[0] === 'cli') {
  try {
    await runOnce(positionals[1], url);
  } catch (error) {
    // The command line skips the first line and reads JSON log lines after it.
    console.error('');
    console.error(JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields: describe(error) }));
    process.exitCode = 1;
  }
} else {
  await serve();
}

async function serve() {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  let loaded;
  const methods = {
    // In this build these two read what devDiagnostic has put in the engine's cache of schemas.
    async evaluateDataLoss({ engine }, params) {
      await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
      return engine.evaluateDataLoss(params);
    },
    async createMigration({ engine }, params) {
      await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
      return engine.createMigration(params);
    },
    // The engine's own process prints a difference through the command line, which leaves the answer's text alone.
    async diff({ engine }, params) {
      const { exitCode, stdout } = await engine.diff(params);
      if (stdout) send({ id: 0, method: 'print', params: { content: stdout } });
      return { exitCode };
    },
    getDatabaseVersion: ({ engine }) => engine.version(),
    async createDatabase() {
      await runOnce('create-database', url);
      return { databaseName: connectionOptions(url).database };
    },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line);
    if (!method) continue;
    try {
      loaded ??= await loadEngine(
        values.datamodels.map((path) => [path, readFileSync(path, 'utf8')]),
        url,
      );
      const result = methods[method] ? await methods[method](loaded, params) : await loaded.engine[method](params);
      send({ id, result: result ?? {} });
    } catch (error) {
      const data = { is_panic: false, ...describe(error, loaded?.factory) };
      send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
    }
  }
  process.exit(0);
}
