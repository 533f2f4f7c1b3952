#!/usr/bin/env node
/**
 * `npm run pretrain:clicks`: trains a small model of click-through rates from scratch on the task `clicks` and writes
 * models/click-mlp: a base to be compressed.
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

const usual = '1500';
const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: usual },
    out: { type: 'string', default: join(root, 'models/click-mlp') },
  },
});
const steps = Number(flags.steps);
if (!Number.isInteger(steps) || steps < 1) {
  console.error(`pretrain-clicks: --steps expects a positive integer, got ${flags.steps}`);
  process.exit(2);
}

ensureInstalled();
run('compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'libs/tasks']);
const peft = await import('../libs/peft/dist/index.js');
const { drawClicks, findTask } = await import('../libs/tasks/dist/index.js');

const task = findTask('clicks');
const config = {
  architecture: 'embedding-mlp',
  cardinalities: [...task.fields],
  embeddingWidth: 16,
  width: 64,
  layers: 3,
};
const options = {
  steps,
  batchSize: 256,
  learningRate: 4e-3,
  schedule: 'cosine',
  warmupSteps: Math.min(100, steps - 1),
  clipNorm: 1,
  evalEvery: 250,
  targets: ['fc_1'],
  seed: 0,
};
const adamw = peft.findOptimizer('adamw');
const optimizerConfig = adamw.config.parse({ weightDecay: 0.3 });
const method = peft.findMethod('full-ft');
const data = await task.load({ encode: () => [], sequenceLength: 1 });

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
    if (type === 'eval') {
      console.log(`step ${step}: validation AUC ${metrics.auc.toFixed(4)}, log loss ${metrics.logLoss.toFixed(4)}`);
    }
  },
});
const scores = async (split) => {
  const { metrics } = await peft.evaluate({
    model: untrained,
    method,
    adapter: result.adapter,
    data,
    split,
    batchSize: 256,
  });
  return { auc: metrics.auc, logLoss: metrics.logLoss };
};
const own = { validation: await scores('validation'), test: await scores('test') };
const { tensors: values } = peft.readAdapter(result.adapter);
untrained.dispose();

await peft.saveBase(flags.out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
const weights = await readFile(join(flags.out, 'model.safetensors'));
const version = JSON.parse(await readFile(join(root, 'libs/peft/package.json'), 'utf8')).version;
const provenance = {
  name: 'click-mlp',
  command: flags.steps === usual ? 'npm run pretrain:clicks' : `npm run pretrain:clicks -- --steps ${steps}`,
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
    method: 'full-ft',
    optimizer: { name: 'adamw', ...optimizerConfig },
    options,
    seconds: Math.round(result.seconds),
  },
  scores: own,
  scoresOfTheTruth: ofTheTruth(drawClicks()),
};
await writeFile(join(flags.out, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);
console.log(`${resolve(flags.out)}: ${provenance.parameters} parameters, test AUC ${own.test.auc.toFixed(4)}`);

/** What a model that knew the true logits would score. */
function ofTheTruth({ validation, test }) {
  return { validation: trueScores(validation), test: trueScores(test) };
}

function trueScores({ clicks, logits }) {
  const losses = Float32Array.from(logits, (logit, index) =>
    Math.log1p(Math.exp(clicks[index] === 1 ? -logit : logit)),
  );
  const scored = { objective: task.objective, losses, predictions: logits, labels: Float64Array.from(clicks) };
  const { auc, logLoss } = peft.metricParts(scored);
  return { auc: auc.value, logLoss: logLoss.value };
}
