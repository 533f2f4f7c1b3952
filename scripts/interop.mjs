#!/usr/bin/env node
/**
 * `npm run test:interop`: Python peft loads the exported adapter of every method; names choose methods. A virtual environment
 * is made beside the test on the first run; RANKFORGE_PYTHON names an interpreter that has the packages already.
 */
import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';

const test = join(root, 'test/interop');
const requirements = join(test, 'requirements.txt');

ensureInstalled();
ensureBuilt();
const python = process.env.RANKFORGE_PYTHON ?? ownEnvironment();
if (run(python, ['-c', 'import peft, torch, transformers'], 'pipe') !== 0) {
  fail(
    `${python} cannot import peft, torch and transformers: install ${requirements} into it, or unset RANKFORGE_PYTHON`,
  );
}
const folder = mkdtempSync(join(tmpdir(), 'rankforge-interop-'));
try {
  const wrote = run(process.execPath, [join(test, 'export.mjs'), folder, ...process.argv.slice(2)]);
  process.exitCode = wrote === 0 ? run(python, [join(test, 'check.py'), folder]) : wrote;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The interpreter of test/interop/.venv, made anew when the requirements are not those it was made with. */
function ownEnvironment() {
  const environment = join(test, '.venv');
  const interpreter = join(environment, 'bin/python');
  const made = join(environment, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(made) && readFileSync(made, 'utf8') === wanted) return interpreter;
  if (run('python3', ['--version'], 'pipe') !== 0) {
    fail('there is no python3: install Python 3.10 or newer with its venv module, or set RANKFORGE_PYTHON');
  }
  console.log('rankforge: making test/interop/.venv (torch is large)');
  rmSync(environment, { recursive: true, force: true });
  if (run('python3', ['-m', 'venv', environment]) !== 0) fail('python3 has no venv module: install python3-venv');
  if (run(interpreter, ['-m', 'pip', 'install', '--quiet', '-r', requirements]) !== 0) {
    fail(`pip could not install ${requirements}: is PyPI reached?`);
  }
  writeFileSync(made, wanted);
  return interpreter;
}

function run(command, args, stdio = 'inherit') {
  return spawnSync(command, args, { stdio, cwd: root }).status ?? 1;
}

function fail(message) {
  console.error(`rankforge: ${message}`);
  process.exit(2);
}
