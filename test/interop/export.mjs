/**
 * @file Writes what the Python half compares: for every tiny base a Hugging Face folder, and for every method the exported
 * adapter with the logits that it gives here. `node export.mjs FOLDER [METHOD…]`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ExportError,
  exportAdapter,
  exportBase,
  findOptimizer,
  methods,
  openEngine,
  readSafetensors,
  train,
  writeSafetensors,
} from '../../libs/peft/dist/index.js';
import { createRandom } from '../../libs/peft/dist/tensor/random.js';
import { restore } from '../../libs/peft/dist/training/evaluate.js';
import { planTrial } from '../../libs/peft/dist/training/plan.js';
import { bases, logits, sequence, tinyBase, vocabularySize } from './bases.mjs';

const [folder, ...names] = process.argv.slice(2);
const engine = await openEngine('cpu');
const adamw = findOptimizer('adamw');
const chosen = methods.filter(({ name }) => names.length === 0 || names.includes(name));
const random = createRandom(11);
const tokens = Int32Array.from({ length: 2 * sequence }, () => random.integer(vocabularySize));
const split = {
  size: 4,
  batch: (indices) => ({
    size: indices.length,
    sequence,
    inputs: Int32Array.from({ length: indices.length * sequence }, (_, index) => index % vocabularySize),
    targets: Int32Array.from({ length: indices.length * sequence }, (_, index) => (index + 1) % vocabularySize),
    lengths: new Int32Array(indices.length).fill(sequence),
  }),
};
const data = { objective: 'language-modelling', train: split, validation: split, test: split };

const cases = [];
for (const { name, config, targets } of bases) {
  const base = tinyBase(config);
  await save(join(name, 'base'), exportBase(base));
  for (const method of chosen) {
    const plan = planTrial({ model: base.config, method, config: configOf(method), targets: targets[0] });
    if (plan.info.length === 0) {
      console.log(`${method.name} trains the head of a classification alone: there is no adapter to load`);
      continue;
    }
    for (const layers of targets) cases.push(await exportCase({ base, baseName: name, method, layers }));
  }
  base.dispose();
}
await writeFile(join(folder, 'cases.json'), JSON.stringify({ sequence, tokens: [...tokens], cases }));

function configOf(method) {
  return method.config.parse(method.usesRank ? { rank: 4 } : {});
}

/** Trains two steps, so that every tensor is as training leaves it, and moves the trained ones away from their first values. */
async function exportCase({ base, baseName, method, layers }) {
  const { adapter } = await train({
    engine,
    model: base,
    method,
    config: configOf(method),
    optimizer: adamw.build(adamw.config.parse({})),
    data,
    options: { steps: 2, batchSize: 2, learningRate: 1e-3, targets: layers, seed: 5 },
  });
  const moved = moveTrained(adapter, base, method);
  const trial = restore(base, method, moved);
  const expected = await logits(base, trial, tokens);
  trial.dispose();
  const path = join(baseName, `${method.name}-${layers.join('-')}`);
  const { format, files } = await exported({ model: base, method, adapter: moved, baseName: `../base` });
  await save(path, files);
  return { method: method.name, base: baseName, layers, path, format, expected };
}

function moveTrained(adapter, base, method) {
  const trial = restore(base, method, adapter);
  const trained = new Set(trial.trained().keys());
  trial.dispose();
  const { tensors, metadata } = readSafetensors(adapter, 'adapter');
  for (const [path, { values }] of tensors) {
    const stream = random.fork(path);
    if (trained.has(path)) {
      for (const index of values.keys()) values[index] += 0.1 * stream.normal();
    }
  }
  return writeSafetensors(tensors, metadata);
}

async function exported(input) {
  try {
    return { format: 'peft', files: await exportAdapter({ ...input, format: 'peft' }) };
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    return { format: 'merged', files: await exportAdapter({ ...input, format: 'merged' }) };
  }
}

async function save(path, files) {
  await mkdir(join(folder, path), { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, path, name), bytes);
}
