#!/usr/bin/env node
/**
 * `npm run pretrain:mnist`: trains a small Vision Transformer from scratch on the digits 0 to 4 and writes
 * models/vit-mnist without its head: a base that has never seen the digits 5 to 9 (task `mnist-5-9`).
 *
 * Flags: `--steps N` and `--out FOLDER` try it on a smaller scale or elsewhere.
 */
import './lib/node-version.mjs';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '1500' },
    out: { type: 'string', default: join(root, 'models/vit-mnist') },
  },
});
const steps = Number(flags.steps);
if (!Number.isInteger(steps) || steps < 1) {
  console.error(`pretrain-mnist: --steps expects a positive integer, got ${flags.steps}`);
  process.exit(2);
}

ensureInstalled();
run('compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'libs/tasks']);
const peft = await import('../libs/peft/dist/index.js');
const { findTask } = await import('../libs/tasks/dist/index.js');

const config = {
  architecture: 'vit',
  imageSize: 28,
  patchSize: 7,
  channels: 1,
  width: 48,
  layers: 2,
  heads: 3,
  mlpWidth: 96,
  normEpsilon: 1e-6,
  bias: true,
};
const options = {
  steps,
  batchSize: 32,
  learningRate: 2e-3,
  schedule: 'cosine',
  warmupSteps: Math.min(100, steps - 1),
  clipNorm: 1,
  evalEvery: 250,
  seed: 0,
};
const adamw = peft.findOptimizer('adamw');
const optimizerConfig = adamw.config.parse({ weightDecay: 0.05 });
const method = peft.findMethod('full-ft');
const task = findTask('mnist-0-4');
const data = await task.load({ encode: () => [], frame: { before: [], after: [] }, sequenceLength: 1 });

const engine = await peft.openEngine('wasm');
const first = peft.initialValues(config, peft.createRandom(options.seed));
const untrained = new peft.LoadedBase({ config, values: first, tokenizer: null });
const result = await peft.train({
  engine,
  model: untrained,
  method,
  config: {},
  optimizer: adamw.build(optimizerConfig),
  data,
  options,
  onEvent({ type, step, metrics }) {
    if (type === 'eval') console.log(`step ${step}: validation accuracy ${metrics.accuracy.toFixed(4)}`);
  },
});
const { metrics: test } = await peft.evaluate({
  model: untrained,
  method,
  adapter: result.adapter,
  data,
  split: 'test',
});
const { tensors } = peft.readAdapter(result.adapter);
const own = new Set(peft.baseParameters(config).map(({ path }) => path));
const values = new Map([...tensors].filter(([path]) => own.has(path)));
untrained.dispose();

await peft.saveBase(flags.out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
const weights = await readFile(join(flags.out, 'model.safetensors'));
const version = JSON.parse(await readFile(join(root, 'libs/peft/package.json'), 'utf8')).version;
const provenance = {
  name: 'vit-mnist',
  command: flags.steps === '1500' ? 'npm run pretrain:mnist' : `npm run pretrain:mnist -- --steps ${steps}`,
  architecture: config,
  parameters: [...values.values()].reduce((sum, tensor) => sum + tensor.values.length, 0),
  weights: {
    file: 'model.safetensors',
    sha256: createHash('sha256').update(weights).digest('hex'),
    bytes: weights.length,
    dtype: 'float32',
  },
  data: {
    task: task.name,
    ...task.source,
    dataHash: task.dataHash,
    examples: { train: data.train.size, validation: data.validation.size, test: data.test.size },
  },
  licence: 'Apache-2.0',
  training: {
    library: `@rankforge/peft@${version}`,
    engine: engine.name,
    device: engine.device,
    method: 'full-ft with a head for the five digits, which is left out',
    optimizer: { name: 'adamw', ...optimizerConfig },
    options,
    seconds: Math.round(result.seconds),
  },
  accuracy: { validation: result.validation.accuracy, test: test.accuracy },
};
await writeFile(join(flags.out, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);
console.log(`${resolve(flags.out)}: ${provenance.parameters} parameters, test accuracy ${test.accuracy.toFixed(4)}`);
