#!/usr/bin/env node
/**
 * `npm run pretrain:clicks`: trains a small model of click-through rates from scratch on the task `clicks` and writes
 * models/click-mlp: a base to be compressed.
 *
 * Flags: `--steps N` and `--out FOLDER` try it on a smaller scale or elsewhere.
 */
import './lib/node-version.mjs';
import { resolve } from 'node:path';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { pretrainFlags, writeProvenance } from './lib/pretrained.mjs';

const { steps, out, command } = pretrainFlags('pretrain:clicks', { steps: 1500, out: 'models/click-mlp' });

ensureInstalled();
compile('compiling', 'libs/tasks');
const peft = await import('@rankforge/peft');
const { drawClicks, findTask } = await import('@rankforge/tasks');

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

await peft.saveBase(out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
const { parameters } = await writeProvenance(out, {
  name: 'click-mlp',
  command,
  config,
  values,
  task,
  data,
  engine,
  method: 'full-ft',
  optimizer: { name: 'adamw', ...optimizerConfig },
  options,
  seconds: result.seconds,
  besides: { scores: own, scoresOfTheTruth: ofTheTruth(drawClicks()) },
});
console.log(`${resolve(out)}: ${parameters} parameters, test AUC ${own.test.auc.toFixed(4)}`);

/** What a model that knew the true logits would score. */
function ofTheTruth({ validation, test }) {
  return { validation: trueScores(validation), test: trueScores(test) };
}

function trueScores({ clicks, logits }) {
  const loss = Float64Array.from(logits, (logit, index) => Math.log1p(Math.exp(clicks[index] === 1 ? -logit : logit)));
  const columns = { loss, prediction: logits, label: Float64Array.from(clicks) };
  const { auc, logLoss } = peft.metricParts({ objective: task.objective, columns });
  return { auc: auc.value, logLoss: logLoss.value };
}
