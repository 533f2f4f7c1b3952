#!/usr/bin/env node
/**
 * `npm run pack:estimate`: the command `estimate` as a package that installs alone, for npm and, with `--wheel`, for pip too.
 * `-- FOLDER` says where they go; default `packages/estimate/packed`.
 */
import './lib/node-version.mjs';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';

const { values, positionals } = parseArgs({ options: { wheel: { type: 'boolean' } }, allowPositionals: true });
ensureInstalled();
ensureBuilt();

const own = join(root, 'packages/estimate');
const folder = resolve(positionals[0] ?? join(own, 'packed'));
mkdirSync(folder, { recursive: true });
const packing = ['pack', '--loglevel=error', '--pack-destination', folder];
run('packing for npm', 'npm', packing, { cwd: own, quiet: true });
const { name, version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
const tarball = join(folder, `${name}-${version}.tgz`);
console.log(tarball);

if (values.wheel) {
  // The wheel has the files of the other package, as they are.
  const inside = join(own, 'src/rankforge_estimate');
  rmSync(join(inside, 'package'), { recursive: true, force: true });
  run('unpacking', 'tar', ['-xzf', tarball, '-C', inside]);
  const building = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, own];
  run('packing for pip', 'python3', building, { quiet: true });
  console.log(join(folder, `${name.replace('-', '_')}-${version}-py3-none-any.whl`));
}
