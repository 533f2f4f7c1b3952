#!/usr/bin/env node
/**
 * `npm run test:bases`: fetches the published models of `npm run bases:real` where they are not there yet, and tests that
 * each is loaded, computes the numbers of Python, and can be fine-tuned; names choose some. The tests of a model that cannot
 * be fetched are skipped with the reason.
 */
import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';

const tests = {
  'minilm-l6': 'libs/bases/test/minilm.test.ts',
  'smollm2-135m-instruct': 'libs/bases/test/smollm2.test.ts',
};
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(tests);
const unknown = chosen.find((name) => !Object.hasOwn(tests, name));
if (unknown !== undefined) {
  console.error(`rankforge: no test of a model ${unknown}; there are ${Object.keys(tests).join(', ')}`);
  process.exit(2);
}

ensureInstalled();
ensureBuilt();
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
for (const name of chosen) node('apps/cli/bin/rankforge.js', 'base', 'fetch', name);
process.exitCode = node(
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'bases',
  ...chosen.map((name) => tests[name]),
);
