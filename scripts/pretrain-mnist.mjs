#!/usr/bin/env node
/**
 * `npm run pretrain:mnist`: trains a small Vision Transformer from scratch on the digits 0 to 4 and writes
 * models/vit-mnist without its head: a base that has never seen the digits 5 to 9 (task `mnist-5-9`).
 *
 * Flags: `--steps N` and `--out FOLDER` try it on a smaller scale or elsewhere.
 */
import './lib/node-version.mjs';
import { resolve } from 'node:path';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { pretrainFlags, writeProvenance } from './lib/pretrained.mjs';

const { steps, out, command } = pretrainFlags('pretrain:mnist', { steps: 1500, out: 'models/vit-mnist' });

ensureInstalled();
compile('compiling', 'libs/tasks');
const peft = await import('@rankforge/peft');
const { findTask } = await import('@rankforge/tasks');

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

await peft.saveBase(out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
const { parameters } = await writeProvenance(out, {
  name: 'vit-mnist',
  command,
  config,
  values,
  task,
  data,
  engine,
  method: 'full-ft with a head for the five digits, which is left out',
  optimizer: { name: 'adamw', ...optimizerConfig },
  options,
  seconds: result.seconds,
  besides: { accuracy: { validation: result.validation.accuracy, test: test.accuracy } },
});
console.log(`${resolve(out)}: ${parameters} parameters, test accuracy ${test.accuracy.toFixed(4)}`);
