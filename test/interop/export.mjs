/**
 * @file Writes what the Python half compares: for every tiny base a Hugging Face folder, and for every method the exported
 * adapter with the logits that it gives here. `node export.mjs FOLDER [METHOD…]`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createRandom,
  ExportError,
  evaluate,
  exportAdapter,
  exportBase,
  findMethod,
  findOptimizer,
  methods,
  openEngine,
  readSafetensors,
  refusal,
  train,
  writeSafetensors,
} from '@rankforge/peft';
import { restore } from '@rankforge/peft/internals';
import { bases, imageChannels, imageSide, logits, sequence, tinyBase, vocabularySize } from './bases.mjs';

const [folder, ...names] = process.argv.slice(2);
const engine = await openEngine('cpu');
const adamw = findOptimizer('adamw');
const lora = findMethod('lora');
const chosen = methods.filter(({ name }) => names.length === 0 || names.includes(name));
const random = createRandom(11);
// The first ids are padding and the like, which some models treat in ways of their own.
const tokens = Int32Array.from({ length: 2 * sequence }, () => 3 + random.integer(vocabularySize - 3));
const texts = {
  size: 2,
  sequence,
  inputs: tokens,
  lengths: new Int32Array(2).fill(sequence),
};
// 0 … 1, as images are.
const pixels = Float32Array.from({ length: 2 * imageSide * imageSide * imageChannels }, () => random.uniform());
const pictures = { size: 2, sequence: 0, inputs: new Int32Array(), pixels, lengths: new Int32Array(2) };
const readsImages = ({ architecture }) => architecture === 'vit';

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
const imageSplit = {
  size: 4,
  batch: (indices) => ({
    size: indices.length,
    sequence: 0,
    inputs: new Int32Array(),
    pixels: Float32Array.from(
      { length: indices.length * imageSide * imageSide * imageChannels },
      (_, index) => ((7 * index) % 11) / 10,
    ),
    lengths: new Int32Array(indices.length),
    targets: Int32Array.from(indices, (index) => index % 3),
  }),
};
/** Names of the classes of every head. */
const labels = ['low', 'mid, "odd"', 'high'];
/** Next tokens, or the class of each example. */
const dataOf = (config, classes) => {
  if (readsImages(config)) {
    const own = { train: imageSplit, validation: imageSplit, test: imageSplit };
    return { objective: 'image-classification', classes, labels, ...own };
  }
  const labelled = {
    ...split,
    batch: (indices) => ({ ...split.batch(indices), targets: Int32Array.from(indices, (index) => index % classes) }),
  };
  const own = classes ? labelled : split;
  const objective = classes ? { objective: 'classification', classes, labels } : { objective: 'language-modelling' };
  return { ...objective, train: own, validation: own, test: own };
};

/** Configurations that take another way through peft than the default one. */
const variants = new Map([['boft', [findMethod('boft').config.parse({ factors: 2 })]]]);

const cases = [];
const heads = [];
for (const { name, config, targets, classes } of bases) {
  const base = tinyBase(config);
  await save(join(name, 'base'), exportBase(base));
  if (!readsImages(config)) heads.push(...(await numberCases(base, name, targets[0])));
  for (const method of chosen) {
    const reason = refusal({ ...optionsOf(base, method, targets[0], classes), sequence })?.reason;
    if (reason !== undefined) {
      console.log(`${method.name} on ${name}: there is no adapter to load: ${reason}`);
      continue;
    }
    for (const layers of targets) {
      for (const config of [configOf(method), ...(variants.get(method.name) ?? [])]) {
        const made = await exportCase({ base, baseName: name, method, config, layers, classes });
        if (made) cases.push(made);
      }
    }
  }
  base.dispose();
}
await writeFile(
  join(folder, 'cases.json'),
  JSON.stringify({ labels, heads, sequence, tokens: [...tokens], imageSide, pixels: [...pixels], cases }),
);

/** As a trial is planned; who teaches it, where its method needs one, is the base with LoRA on the same layers. */
function optionsOf(base, method, targets, classes) {
  const plan = (method) => ({ model: base.config, method, config: configOf(method), targets, classes });
  return { ...plan(method), teacher: plan(lora), starts: method.startsFrom !== undefined };
}

function configOf(method) {
  return method.config.parse(method.usesRank ? { rank: 4 } : {});
}

/** Trains two steps, so that every tensor is as training leaves it, and moves the trained ones away from their first values. */
async function exportCase({ base, baseName, method, config, layers, classes }) {
  const common = {
    engine,
    model: base,
    optimizer: adamw.build(adamw.config.parse({})),
    data: dataOf(base.config, classes),
    options: { steps: 2, batchSize: 2, learningRate: 1e-3, targets: layers, seed: 5 },
  };
  const { startsFrom } = method;
  const before =
    startsFrom &&
    (await train({
      ...common,
      method: findMethod(startsFrom.method),
      config: Object.fromEntries(startsFrom.fields.map((field) => [field, config[field]])),
    }));
  const teaches = method.outputPenalty?.against.includes('teacher') || method.synthesis !== undefined;
  const teacher = teaches && {
    model: tinyBase(base.config),
    method: lora,
    adapter: (await train({ ...common, method: lora, config: configOf(lora) })).adapter,
  };
  const { adapter } = await train({
    ...common,
    method,
    config,
    ...(before && { start: before.adapter }),
    ...(teacher && { teacher }),
  });
  if (teacher) teacher.model.dispose();
  const moved = moveTrained(adapter, base, method);
  const images = readsImages(base.config);
  const trial = restore(base, method, moved);
  const expected = await logits(base, trial, images ? pictures : texts, classes);
  trial.dispose();
  const path = join(baseName, `${method.name}-${cases.length}-${layers.join('-')}`);
  const made = await exported({ model: base, method, adapter: moved, baseName: join(folder, baseName, 'base') });
  if (made === undefined) return undefined;
  const { format, files } = made;
  await save(path, files);
  return { method: method.name, base: baseName, layers, path, format, classes, images, expected };
}

/** A head of numbers in both formats, with the numbers that it predicts of the texts. */
async function numberCases(base, baseName, targets) {
  const numbers = {
    size: texts.size,
    batch: (indices) => ({
      ...texts,
      size: indices.length,
      inputs: Int32Array.from(indices.flatMap((index) => [...tokens.slice(index * sequence, (index + 1) * sequence)])),
      lengths: texts.lengths.slice(0, indices.length),
      targets: new Int32Array(),
      values: Float32Array.from(indices, (index) => 2 * index - 1),
    }),
  };
  const unit = { mean: 900, deviation: 50 };
  const data = { objective: 'regression', unit, train: numbers, validation: numbers, test: numbers };
  const { adapter } = await train({
    engine,
    model: base,
    method: lora,
    config: { rank: 4 },
    optimizer: adamw.build(adamw.config.parse({})),
    data,
    options: { steps: 4, batchSize: 2, learningRate: 1e-2, targets, seed: 5 },
  });
  const { columns } = await evaluate({ model: base, method: lora, adapter, data, split: 'test' });
  const made = [];
  for (const format of ['peft', 'merged']) {
    const path = join(baseName, `numbers-${format}`);
    const asked = { model: base, method: lora, adapter, format, baseName: join(folder, baseName, 'base') };
    await save(path, await exportAdapter(asked));
    made.push({ base: baseName, path, format, expected: [...columns.prediction] });
  }
  return made;
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

/** In the first format that it has; an adapter that has neither says why. */
async function exported(input) {
  const reasons = [];
  for (const format of ['peft', 'merged']) {
    try {
      return { format, files: await exportAdapter({ ...input, format }) };
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      reasons.push(error.message);
    }
  }
  console.log(reasons[0]);
  return undefined;
}

async function save(path, files) {
  await mkdir(join(folder, path), { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, path, name), bytes);
}
