import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { prismaEnvironment } from './prisma.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** Written when all is built. */
const built = 'apps/cli/dist/.built';

/** Whether no source is newer than the last build, as one is after `git pull`. */
export function isBuilt() {
  const sources = ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}/src`),
  );
  return !isStale(built, [...sources, 'prisma', 'package-lock.json']);
}

/** Brings everything that is made from the sources up to date; what is up to date is left alone. */
export function ensureBuilt() {
  generateClient();
  const startedAt = new Date();
  compile('compiling');
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

function isStale(product, sources) {
  const made = newest(join(root, product));
  return made === 0 || sources.some((source) => newest(join(root, source)) > made);
}

/** Latest modification in a file or folder, in milliseconds; 0 when it is not there. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}
