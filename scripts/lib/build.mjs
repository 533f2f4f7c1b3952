import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimates, programs } from './bundles.mjs';
import { compile } from './compile.mjs';
import { buildLock, withLock } from './lock.mjs';
import { prismaEnvironment } from './prisma.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { built, bundling, compilations, isStale } from './stale.mjs';

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
    'docs/glossary.md',
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

/**
 * Makes one file of each program that begins often, where something was compiled since. Times of sources do not tell: a source that
 * is saved while another one compiles is older than the files, and in none of them.
 *
 * @param by `attempt` for a caller that goes on where the files cannot be made
 */
export function bundle(by = run) {
  const files = [...estimates, ...programs].map(({ file }) => file);
  const from = [...compilations(), ...bundling, 'package-lock.json'];
  if (!files.some((file) => isStale(file, from))) return;
  const startedAt = new Date();
  by('bundling programs', process.execPath, [join(root, 'node_modules/rolldown/bin/cli.mjs'), '-c'], { quiet: true });
  // What is compiled meanwhile is newer.
  for (const file of files) utimesSync(join(root, file), startedAt, startedAt);
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
