#!/usr/bin/env node
/** Writes the migration from the present migrations to prisma/schema.prisma: `npm run db:new -- NAME`. To be read before use. */
import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, generateClient } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { prismaEnvironment } from './lib/prisma.mjs';
import { root } from './lib/root.mjs';

const name = process.argv[2];
if (!/^[a-z0-9_]+$/.test(name ?? '')) {
  console.error('usage: npm run db:new -- NAME (lower-case letters, digits, underscores)');
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const { startPostgres } = await import('../apps/cli/dist/index.js');
const dir = await mkdtemp(join(tmpdir(), 'rankforge-migration-'));
const server = await startPostgres({ dir, settings: { fsync: 'off' } });
try {
  const migrations = join(root, 'prisma/migrations');
  const diff = ['migrate', 'diff', '--from-migrations', migrations, '--to-schema', 'prisma/schema.prisma', '--script'];
  const file = join(dir, 'migration.sql');
  const { status } = spawnSync(process.execPath, ['node_modules/prisma/build/index.js', ...diff, '--output', file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...prismaEnvironment(), DATABASE_URL: server.url('postgres') },
  });
  process.exitCode = status ?? 1;
  if (process.exitCode === 0) {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const target = join(migrations, `${stamp}_${name}`);
    await mkdir(target);
    await copyFile(file, join(target, 'migration.sql'));
    console.log(`wrote ${target}/migration.sql: read it, and take out what drops things that only migrations know`);
  }
} finally {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
}
if (process.exitCode === 0) generateClient({ force: true });
