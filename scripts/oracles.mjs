#!/usr/bin/env node
/**
 * `npm run oracles`: makes every vector of the tests anew, in a fresh Python environment and a temporary folder, and names
 * each that differs from the one in the checkout. `--write` puts those in its place. RANKFORGE_PYTHON names an interpreter
 * that has the requirements already and is used in place of a fresh environment. Takes minutes: torch is large.
 *
 * A library takes part if its `test/oracle` has a `requirements.txt`. Scripts are the Python files of the folders in it, what
 * lies beside the folders is what they share, and they write to `../vectors` as seen from `oracle`.
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
const unknown = process.argv.slice(2).find((argument) => argument !== '--write');
if (unknown !== undefined) fail(`unknown argument ${unknown}; there is --write`);

const tests = readdirSync(join(root, 'libs'))
  .map((library) => join('libs', library, 'test'))
  .filter((test) => existsSync(join(root, test, 'oracle/requirements.txt')));
try {
  const failed = [];
  for (const test of tests) failed.push(...(await rebuild(test)));
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the scripts of one library and compares what they wrote; returns a line for each thing that is wrong. */
async function rebuild(test) {
  const copy = join(work, test);
  const requirements = join(root, test, 'oracle/requirements.txt');
  cpSync(join(root, test, 'oracle'), join(copy, 'oracle'), {
    recursive: true,
    filter: (path) => !/(^|\/)(\.venv|__pycache__)$/.test(path),
  });
  const python = process.env.RANKFORGE_PYTHON ?? environment(join(copy, '.venv'), requirements);
  const scripts = files(join(copy, 'oracle'))
    .filter((file) => /^[a-z]\w*\/[\w-]+\.py$/.test(file))
    .map((file) => join('oracle', file));
  for (const script of scripts)
    mkdirSync(join(copy, 'vectors', dirname(relative('oracle', script))), { recursive: true });
  console.log(`rankforge: ${test}: running ${scripts.length} scripts`);
  const problems = await runAll(python, copy, scripts);
  problems.push(...compare(join(root, test, 'vectors'), join(copy, 'vectors'), test));
  for (const problem of problems) console.error(`rankforge: ${problem}`);
  console.log(`rankforge: ${test}: ${scripts.length} scripts, ${problems.length} problems`);
  return problems;
}

/** The interpreter of a new environment with the requirements, all of which are exact. */
function environment(folder, requirements) {
  const quiet = (command, args) => spawnSync(command, args, { encoding: 'utf8' });
  const version = quiet('python3', ['--version']);
  if (version.status !== 0) fail('there is no python3: install Python 3.11 or newer, or set RANKFORGE_PYTHON');
  console.log(`rankforge: making an environment with ${version.stdout.trim()} from ${relative(root, requirements)}`);
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
  const installed = quiet(interpreter, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  if (installed.status !== 0) fail(`pip could not install the requirements: is PyPI reached?\n${installed.stderr}`);
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
