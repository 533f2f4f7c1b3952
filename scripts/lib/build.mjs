import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimates, programs } from './bundles.mjs';
import { compile } from './compile.mjs';
import { buildLock, withLock } from './lock.mjs';
import { prismaEnvironment } from './prisma.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { built, isStale, sources } from './stale.mjs';

/** Brings everything that is made from the sources up to date; what is up to date is left alone. */
export function ensureBuilt() {
  withLock(buildLock, build);
}

function build() {
  generateClient();
  const startedAt = new Date();
  compile('compiling');
  bundle();
  const page = [
    'apps/dashboard/src',
    'apps/dashboard/public',
    'apps/dashboard/index.html',
    'apps/dashboard/vite.config.ts',
  ];
  const shared = ['apps/dashboard/package.json', 'libs/contracts/src', 'package-lock.json'];
  if (isStale('apps/dashboard/dist/index.html', [...page, ...shared])) {
    run(
      'building the dashboard',
      process.execPath,
      [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel=warn'],
      {
        cwd: join(root, 'apps/dashboard'),
      },
    );
  }
  writeFileSync(join(root, built), '');
  // What is saved while it compiles is newer.
  utimesSync(join(root, built), startedAt, startedAt);
}

/** Makes one file of each program that begins often, where its sources are newer. */
export function bundle() {
  const read = sources().filter((folder) => folder !== 'apps/dashboard/src');
  const from = [...read, 'rolldown.config.mjs', 'scripts/lib/bundles.mjs', 'package-lock.json'];
  if (![...estimates, ...programs].some(({ file }) => isStale(file, from))) return;
  run('bundling programs', process.execPath, [join(root, 'node_modules/rolldown/bin/cli.mjs'), '-c'], { quiet: true });
}

/** Generates the database client when the schema is newer. */
export function generateClient({ force = false } = {}) {
  if (
    !force &&
    !isStale('libs/db/src/generated/client.ts', ['prisma/schema.prisma', 'node_modules/prisma/package.json'])
  )
    return;
  run(
    'generating the database client',
    process.execPath,
    ['node_modules/prisma/build/index.js', 'generate', '--no-hints'],
    {
      env: prismaEnvironment(),
      quiet: true,
    },
  );
}
