import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { buildLock, withLock } from './lock.mjs';
import { prismaEnvironment } from './prisma.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { built, isStale } from './stale.mjs';

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

/** What is loaded often, or has to begin at once, as one file each: see the `rolldown.config.mjs` of its folder. */
const bundles = [
  {
    name: 'the estimate',
    folder: 'apps/cli',
    product: 'apps/cli/dist/estimate-library.bundle.js',
    sources: ['libs/peft/src', 'apps/cli/src/local/estimate-library.ts'],
  },
  {
    name: 'the trainer',
    folder: 'apps/worker',
    product: 'apps/worker/dist/trainer.bundle.js',
    sources: [
      ...['bases', 'contracts', 'db', 'generators', 'peft', 'tasks'].map((name) => `libs/${name}/src`),
      'apps/worker/src',
    ],
  },
];

/** Makes one file of the compiled modules of each program of `bundles` that is older than its sources. */
export function bundle() {
  for (const { name, folder, product, sources } of bundles) {
    if (!isStale(product, [...sources, `${folder}/rolldown.config.mjs`, 'package-lock.json'])) continue;
    run(`bundling ${name}`, process.execPath, [join(root, 'node_modules/rolldown/bin/cli.mjs'), '-c'], {
      cwd: join(root, folder),
      quiet: true,
    });
  }
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
