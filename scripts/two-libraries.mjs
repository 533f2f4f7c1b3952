#!/usr/bin/env node
/**
 * `npm run test:two-libraries`: the same trainings here and in torch with Python peft, from the same values, on the same batches,
 * at the same learning rates; then their losses and answers side by side. Names choose methods. What is trained is kept, so that
 * an interrupted run goes on where it was.
 */
import './lib/node-version.mjs';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cases } from '../test/two-libraries/cases.mjs';
import { compare } from '../test/two-libraries/compare.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { fail, interopPython, start } from './lib/interop-python.mjs';
import { root } from './lib/root.mjs';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: 'string', default: 'minilm-l6' },
    task: { type: 'string', default: 'spam-assassin' },
    steps: { type: 'string', default: '100' },
    seeds: { type: 'string', default: '3' },
    'batch-size': { type: 'string', default: '16' },
    'sequence-length': { type: 'string', default: '32' },
    engine: { type: 'string' },
    threads: { type: 'string', default: String(cpus().length) },
    folder: { type: 'string' },
  },
});
const unknown = names.find((name) => !cases.some(({ method }) => method === name));
if (unknown) fail(`there is no case ${unknown}; the cases are ${cases.map(({ method }) => method).join(', ')}`);

ensureInstalled();
ensureBuilt();
const { enginesFolder, modelsFolder } = await import('../apps/cli/dist/local/paths.js');
const engines = enginesFolder();
const base = resolve(modelsFolder(), flags.base);
if (!existsSync(join(base, 'config.json'))) {
  fail(
    `there is no base model ${base}: \`npm run bases:real -- minilm-l6\` fetches the one that is compared by default`,
  );
}
const counts = Object.fromEntries(
  ['steps', 'seeds', 'batch-size', 'sequence-length', 'threads'].map((name) => [name, countOf(name)]),
);
const folder = resolve(
  flags.folder ??
    join(
      root,
      `.rankforge/cache/two-libraries-${flags.base}-${flags.task}`.replaceAll(':', '-'),
      [counts.steps, counts['batch-size'], counts['sequence-length']].join('x'),
    ),
);
const settings = {
  base,
  task: flags.task,
  engine: flags.engine ?? (existsSync(join(engines, 'tensorflow/engine.json')) ? 'tensorflow' : 'wasm'),
  enginesFolder: engines,
  steps: counts.steps,
  seeds: Array.from({ length: counts.seeds }, (_, seed) => seed),
  batchSize: counts['batch-size'],
  sequenceLength: counts['sequence-length'],
  threads: counts.threads,
  targets: ['query', 'value'],
  cases: cases.filter(({ method }) => names.length === 0 || names.includes(method)),
};
mkdirSync(folder, { recursive: true });
requireSame(join(folder, 'settings.json'), settings);
const python = interopPython();
process.env.TF_NUM_INTRAOP_THREADS ??= String(settings.threads);
const test = join(root, 'test/two-libraries');
const failed =
  start(process.execPath, [join(test, 'ours.mjs'), folder]) || start(python, [join(test, 'theirs.py'), folder]);
process.exitCode = failed || (compare(folder, settings) ? 0 : 1);

function countOf(name) {
  const count = Number(flags[name]);
  return Number.isSafeInteger(count) && count > 0
    ? count
    : fail(`--${name}: expected a whole number from 1, got ${flags[name]}`);
}

/** What is kept in the folder was trained with these settings; seeds and cases may be more or fewer. */
function requireSame(file, wanted) {
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    const differs = ['base', 'task', 'engine', 'steps', 'batchSize', 'sequenceLength', 'targets'].find(
      (name) => JSON.stringify(kept[name]) !== JSON.stringify(wanted[name]),
    );
    if (differs)
      fail(`${file} was made with another ${differs} (${JSON.stringify(kept[differs])}): name another --folder`);
  }
  writeFileSync(file, `${JSON.stringify(wanted, null, 2)}\n`);
}
