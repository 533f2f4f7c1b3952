#!/usr/bin/env node
/**
 * `npm run test:interop`: Python peft loads the exported adapter of every method; names choose methods. A virtual environment
 * is made beside the test on the first run; RANKFORGE_PYTHON names an interpreter that has the packages already.
 */
import './lib/node-version.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { interopPython, start } from './lib/interop-python.mjs';
import { root } from './lib/root.mjs';

const test = join(root, 'test/interop');

ensureInstalled();
ensureBuilt();
const python = interopPython();
const folder = mkdtempSync(join(tmpdir(), 'rankforge-interop-'));
try {
  const wrote = start(process.execPath, [join(test, 'export.mjs'), folder, ...process.argv.slice(2)]);
  process.exitCode = wrote === 0 ? start(python, [join(test, 'check.py'), folder]) : wrote;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
