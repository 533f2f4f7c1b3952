import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const test = join(root, 'test/interop');
const requirements = join(test, 'requirements.txt');

/**
 * A Python with the releases of test/interop/requirements.txt: the one that RANKFORGE_PYTHON names, or a virtual environment
 * beside that file. Ends the script where there is none.
 */
export function interopPython() {
  const python = process.env.RANKFORGE_PYTHON ?? ownEnvironment();
  if (start(python, ['-c', 'import peft, torch, transformers'], 'pipe') === 0) return python;
  return fail(
    `${python} cannot import peft, torch and transformers: install ${requirements} into it, or unset RANKFORGE_PYTHON`,
  );
}

/** True if that Python is there already; nothing is installed or run. */
export const hasInteropPython = () => existsSync(process.env.RANKFORGE_PYTHON ?? join(test, '.venv/bin/python'));

/** Runs a program in the checkout and returns its exit status. */
export function start(command, args, stdio = 'inherit') {
  return spawnSync(command, args, { stdio, cwd: root }).status ?? 1;
}

export function fail(message) {
  console.error(`rankforge: ${message}`);
  process.exit(2);
}

/** The interpreter of test/interop/.venv, made anew when the requirements are not those it was made with. */
function ownEnvironment() {
  const environment = join(test, '.venv');
  const interpreter = join(environment, 'bin/python');
  const made = join(environment, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(made) && readFileSync(made, 'utf8') === wanted) return interpreter;
  if (start('python3', ['--version'], 'pipe') !== 0) {
    fail('there is no python3: install Python 3.10 or newer with its venv module, or set RANKFORGE_PYTHON');
  }
  console.log('rankforge: making test/interop/.venv (torch is large)');
  rmSync(environment, { recursive: true, force: true });
  if (start('python3', ['-m', 'venv', environment]) !== 0) fail('python3 has no venv module: install python3-venv');
  if (start(interpreter, ['-m', 'pip', 'install', '--quiet', '-r', requirements]) !== 0) {
    fail(`pip could not install ${requirements}: is PyPI reached?`);
  }
  writeFileSync(made, wanted);
  return interpreter;
}
