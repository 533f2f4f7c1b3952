#!/usr/bin/env node
/**
 * `npm run pretrain`: trains the demo's base model from scratch on the State of the Union addresses, with this project's
 * own trainer, and writes models/nano-sotu with its provenance. The tokenizer is made before, by
 * models/nano-sotu/tokenizer.py.
 *
 * Flags: `--steps N` and `--out FOLDER` try it on a smaller scale or elsewhere.
 */
import './lib/node-version.mjs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { pretrainFlags, sha256Of, writeProvenance } from './lib/pretrained.mjs';
import { root } from './lib/root.mjs';

const { steps, out, command } = pretrainFlags('pretrain', { steps: 1600, out: 'models/nano-sotu' });

ensureInstalled();
compile('compiling', 'libs/tasks');
const peft = await import('@rankforge/peft');
const { findTask } = await import('@rankforge/tasks');
const { writeHeldBack } = await import('./lib/held-back.mjs');
const { Tokenizer } = await import('@huggingface/tokenizers');
const { default: progress } = await import('cli-progress');

const tokenizerJson = JSON.parse(await readFile(join(root, 'models/nano-sotu/tokenizer.json'), 'utf8'));
const tokenizer = new Tokenizer(tokenizerJson, {});
const config = peft.presetConfig('nano', Object.keys(tokenizerJson.model.vocab).length);
const task = findTask('state-of-the-union');
const options = {
  steps,
  batchSize: 32,
  learningRate: 3e-3,
  schedule: 'cosine',
  warmupSteps: Math.min(100, steps - 1),
  clipNorm: 1,
  seed: 0,
};
const adamw = peft.findOptimizer('adamw');
const optimizerConfig = adamw.config.parse({ weightDecay: 0.1 });

console.log(`reading and encoding ${task.source.package}`);
const data = await task.load({
  encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
  sequenceLength: config.contextLength,
});

const engine = await peft.openEngine('wasm');
const first = peft.initialValues(config, peft.createRandom(options.seed));
const untrained = new peft.LoadedBase({ config, values: first, tokenizer: tokenizerJson });
const losses = [];
const bar = new progress.SingleBar({
  format: 'pre-training {bar} {value}/{total} steps · loss {loss} · {rate} tokens/s · ETA {eta_formatted}',
  etaBuffer: 100,
  hideCursor: true,
  noTTYOutput: true,
  notTTYSchedule: 20_000,
});
bar.start(steps, 0, { loss: '–', rate: '–' });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const result = await peft.train({
  engine,
  model: untrained,
  method: peft.findMethod('full-ft'),
  config: {},
  optimizer: adamw.build(optimizerConfig),
  data,
  options,
  signal: stop.signal,
  onEvent(event) {
    if (event.type !== 'step') return;
    losses.push(event.loss);
    bar.update(event.step, { loss: event.loss.toFixed(3), rate: Math.round(event.tokensPerSecond) });
  },
});
bar.stop();
untrained.dispose();
if (result.outcome !== 'completed') {
  console.error(`pretrain: ${result.outcome} after ${result.steps} of ${steps} steps; nothing was written`);
  process.exit(1);
}

const { tensors: values } = peft.readAdapter(result.adapter);
const trained = new peft.LoadedBase({ config, values, tokenizer: tokenizerJson });
const test = await peft.evaluate({ model: trained, method: peft.findMethod('full-ft'), data, split: 'test' });
trained.dispose();
const unigram = unigramPerplexity(data, config.vocabularySize);
const { validation } = result;
await peft.saveBase(out, { config, values, tokenizer: tokenizerJson }, { provenance: 'provenance.json' });
await writeHeldBack(task, join(out, 'held-back.jsonl'));
const { parameters } = await writeProvenance(out, {
  name: 'nano-sotu',
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
  besides: {
    tokenizer: {
      file: 'tokenizer.json',
      sha256: await sha256Of(out, 'tokenizer.json'),
      madeBy: 'models/nano-sotu/tokenizer.py',
    },
    heldBack: { file: 'held-back.jsonl', sha256: await sha256Of(out, 'held-back.jsonl'), split: 'test' },
    loss: {
      unit: 'nats per token, mean over the steps up to and including `step` since the entry before',
      train: curve(losses, Math.max(1, Math.floor(steps / 20))),
      validation: validation.loss,
      test: test.metrics.loss,
    },
    perplexity: {
      unit: 'per token of this tokenizer',
      validation: validation.perplexity,
      test: test.metrics.perplexity,
      unigram: { validation: unigram('validation'), test: unigram('test') },
    },
  },
});
console.log(
  `${resolve(out)}: ${parameters} parameters, validation perplexity ${validation.perplexity.toFixed(2)} ` +
    `(unigram ${unigram('validation').toFixed(2)})`,
);

function curve(all, every) {
  const entries = [];
  for (let start = 0; start < all.length; start += every) {
    const part = all.slice(start, start + every);
    entries.push({ step: start + part.length, loss: part.reduce((sum, loss) => sum + loss, 0) / part.length });
  }
  return entries;
}

/** Perplexity of predicting each token by its frequency in the training split alone (add-one). */
function unigramPerplexity({ train, ...held }, vocabulary) {
  const counts = new Float64Array(vocabulary).fill(1);
  for (const token of targetsOf(train)) counts[token]++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (split) => {
    const targets = targetsOf(held[split]);
    return Math.exp(-targets.reduce((sum, token) => sum + Math.log(counts[token] / total), 0) / targets.length);
  };
}

function targetsOf(split) {
  return split.batch(Array.from({ length: split.size }, (_, i) => i)).targets;
}
