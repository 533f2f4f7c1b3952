/**
 * @file This library's half: writes base, data and first values, trains, and writes the loss of every step and the answers on
 * the test split. `node ours.mjs FOLDER`, where FOLDER/settings.json says what; a case that is there already is not trained again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBaseModel } from '@rankforge/bases';
import {
  createRandom,
  evaluate,
  exportAdapter,
  exportBase,
  findMethod,
  findOptimizer,
  openEngine,
  readAdapter,
  train,
  writeSafetensors,
} from '@rankforge/peft';
import { exampleOrder, learningRateAt } from '@rankforge/peft/internals';
import { findTask } from '@rankforge/tasks';

const [folder] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'));
const { steps, batchSize, sequenceLength, targets } = settings;
const engine = await openEngine(settings.engine, { enginesFolder: settings.enginesFolder });
const { model, tokenizer } = await loadBaseModel(settings.base);
const data = await findTask(settings.task).load({ ...tokenizer, sequenceLength });
const optimizer = findOptimizer('adamw');
// Which tensors decay is a choice of each library; without decay there is none to make.
const adamw = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

await save('base', exportBase(model));
if (!existsSync(join(folder, 'data.safetensors'))) await writeFile(join(folder, 'data.safetensors'), dataFile());
for (const seed of settings.seeds) {
  for (const { method, ...how } of settings.cases) {
    const path = join(folder, `${method}-${seed}`);
    if (!existsSync(join(path, 'ours.json'))) await runCase({ method: findMethod(method), seed, path, how });
  }
}

async function runCase({ method, seed, path, how }) {
  const learningRate = method.learningRates[1];
  const config = method.config.parse({});
  const options = { steps, batchSize, learningRate, targets, seed };
  const common = { engine, model, method, config, optimizer: optimizer.build(adamw), data };
  const first = await train({ ...common, options: { ...options, steps: 0 } });
  const files = await exportAdapter({ model, method, adapter: first.adapter, format: 'peft', baseName: '../base' });
  const { tensors } = readAdapter(first.adapter);
  const head = new Map([
    ['kernel', tensors.get('head.kernel')],
    ['bias', tensors.get('head.bias')],
  ]);
  await save(path, new Map([...files, ['head.safetensors', writeSafetensors(head)]]));
  const order = exampleOrder(data.train.size, createRandom(seed));
  const plan = {
    ...how,
    config,
    adamw,
    learningRates: Array.from({ length: steps }, (_, index) =>
      learningRateAt(index + 1, { ...options, warmupSteps: 0, schedule: 'cosine' }),
    ),
    clipNorm: 1,
    batches: Array.from({ length: steps }, (_, index) => order(index * batchSize, batchSize)),
  };
  await writeFile(join(path, 'plan.json'), JSON.stringify(plan));
  const losses = [];
  const durations = [];
  let began = performance.now();
  const { adapter } = await train({
    ...common,
    options,
    onEvent(event) {
      if (event.type !== 'step') return;
      losses.push(event.loss);
      durations.push(performance.now() - began);
      began = performance.now();
    },
  });
  const {
    metrics,
    columns: { prediction, loss: testLosses },
  } = await evaluate({ model, method, adapter, data, split: 'test', batchSize: 32 });
  await writeFile(
    join(path, 'ours.json'),
    JSON.stringify({
      losses,
      predictions: [...prediction],
      testLoss: metrics.loss,
      accuracy: metrics.accuracy,
      testLosses: [...testLosses],
      stepMs: median(durations),
    }),
  );
  console.log(
    `${method.name}, seed ${seed}, here: loss ${losses[0].toFixed(4)} to ${losses.at(-1).toFixed(4)}, accuracy ${metrics.accuracy.toFixed(4)}`,
  );
}

/** Tokens, lengths and classes of all examples that are trained on or scored. */
function dataFile() {
  const parts = ['train', 'test'].flatMap((split) => {
    const { size } = data[split];
    const all = data[split].batch(Array.from({ length: size }, (_, index) => index));
    return [
      [`${split}.tokens`, { shape: [size, sequenceLength], values: all.inputs }],
      [`${split}.lengths`, { shape: [size], values: all.lengths }],
      [`${split}.classes`, { shape: [size], values: all.targets }],
    ];
  });
  return writeSafetensors(new Map(parts));
}

async function save(path, files) {
  const to = path.startsWith(folder) ? path : join(folder, path);
  await mkdir(to, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(to, name), bytes);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
