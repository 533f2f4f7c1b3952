/** @file A training as a program beside this library takes it, and what it leaves as this library reads it. */
import { judgedBy } from '../data/subset.js';
import type { TaskData } from '../data/task-data.js';
import { MODULE } from '../export/form.js';
import { classifierModule } from '../export/head.js';
import { nativeTensors } from '../export/native.js';
import { importAdapter } from '../export/read.js';
import { planExport } from '../export/route.js';
import { exportAdapter } from '../export/write.js';
import { readSafetensors, readStates, writeSafetensors } from '../io/safetensors.js';
import type { HostState, ParameterInfo, TorchOptimizer } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import type { Split } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import { lossOfRunner, type RunnerLoss } from '../objectives/runner-loss.js';
import type { BaseDtype } from '../tensor/base-dtypes.js';
import { sizeOf } from '../tensor/shape.js';
import { encodeAdapter, readAdapter } from '../training/adapter.js';
import { type Evaluation, evaluationOf } from '../training/evaluate.js';
import { GatheredScores } from '../training/gathered.js';
import { open } from '../training/open.js';
import { exampleOrder } from '../training/order.js';
import { learningRateAt } from '../training/schedule.js';
import { type Setting, settle } from '../training/setting.js';
import type { TrainInput } from '../training/train-input.js';
import { writtenBy } from '../training/written.js';

export type { RunnerLoss };

/** Everything that decides the numbers of a training, besides its base. */
export interface RunnerTraining {
  loss: RunnerLoss;
  /** Outputs of the head that is trained; null where the base predicts tokens with its own. */
  outputs: number | null;
  /** First values, in this library's file. */
  first: Uint8Array;
  /** The same in peft's files, by name. */
  adapter: ReadonlyMap<string, Uint8Array>;
  /** How answers are written, where they are. */
  writing?: { ends: number[]; tokens: number };
  train: Uint8Array;
  validation: Uint8Array;
  /** By step and micro-batch: rows of `train`. */
  batches: number[][][];
  /** Of all steps of the schedule, which may be more than `batches` has. */
  rates: number[];
  optimizer: Pick<TorchOptimizer, 'name' | 'weightDecay' | 'settings'> & {
    headRate: number;
    /** Keys of tensors in peft's files, as those of `rates`. */
    decayed: string[];
    rates: { multiple: number; keys: string[] }[];
  };
  clipNorm: number | null;
  /** Scalars that are trained, and those of them that decay acts on. */
  trainableParameters: number;
  decayed: number;
}

/**
 * Makes first values on the open engine and writes down what a runner is to do. The test split is not read.
 *
 * @throws Error as `openTraining`, or where this library alone computes the training
 */
export async function orderFor(input: TrainInput): Promise<RunnerTraining> {
  // First values are those of open kernels: the engine beside the runner need not hold or compute as that does.
  const { baseDtype, ...rest } = input.options;
  const {
    doubleQuantization: _,
    computeDtype: __,
    attention: ___,
    checkpointing: ____,
    devices: _____,
    shard: ______,
    ...plain
  } = rest;
  const own = { ...input, options: plain };
  const setting = await settle(own);
  const { method, model, options, stepRandom, data, head, optimizer } = setting;
  const loss = lossOfRunner(data.objective);
  const { inTorch } = optimizer;
  if (!loss || typeof inTorch !== 'object') throw new Error(`no runner trains ${data.objective} by this optimizer`);
  const training = await open([setting], own);
  if (training.stopped) throw new Error('the training was stopped before its first values were made');
  const { trainableParameters } = training;
  const decayed = setting.info.reduce((sum, { shape }) => sum + (shape.length === 2 ? sizeOf(shape) : 0), 0);
  const first = heldIn(baseDtype, await training.adapter().finally(() => training.dispose()));
  const files = await exportAdapter({ model, method, adapter: first, format: 'peft', baseName: 'base' });
  const { steps, accumulate, batchSize, learningRate, headLearningRate = learningRate, clipNorm } = options;
  const order = exampleOrder(data.train.size, stepRandom);
  const until = input.until ?? steps;
  const units = Array.from({ length: until }, (_, step) =>
    Array.from({ length: accumulate }, (_, index) => order((step * accumulate + index) * batchSize, batchSize)),
  );
  const read = [...new Set(units.flat(2))].sort((a, b) => a - b);
  const rowOf = new Map(read.map((unit, row) => [unit, row]));
  return {
    loss,
    outputs: head.classes ?? null,
    first,
    adapter: files,
    ...writingOfRunner(data),
    train: splitFile(data.train, read),
    validation: splitFile(judgedBy(data, input.validationExamples).validation),
    batches: units.map((batches) => batches.map((batch) => batch.map((unit) => rowOf.get(unit)!))),
    rates: Array.from({ length: steps }, (_, index) => learningRateAt(index + 1, options)),
    optimizer: {
      ...{ name: inTorch.name, weightDecay: inTorch.weightDecay, settings: inTorch.settings },
      headRate: headLearningRate / learningRate,
      ...groupsOf(setting, inTorch),
    },
    clipNorm,
    trainableParameters,
    decayed,
  };
}

/** An adapter that says on which base it is trained. */
function heldIn(baseDtype: BaseDtype = 'float32', adapter: Uint8Array): Uint8Array {
  if (baseDtype === 'float32') return adapter;
  const { info, tensors } = readAdapter(adapter);
  return encodeAdapter(tensors, { ...info, baseDtype });
}

/** Keys in peft's files, the head's among them, of matrices, which decay, and of tensors with a rate of their own. */
function groupsOf(
  { plan, info, model }: Setting,
  { multiple = () => 1 }: TorchOptimizer,
): Pick<RunnerTraining['optimizer'], 'decayed' | 'rates'> {
  const exported = planExport(plan);
  const { route } = exported;
  if (route.kind !== 'native') throw new Error('Python peft has no type for the method');
  const names = Object.entries(classifierModule(model.config)?.names ?? {});
  const heads = names.map(([path, name]) => ({ path, key: `${MODULE}${name}` }));
  const keyed = [...nativeTensors(route.form, exported), ...heads];
  const keysOf = (chosen: (tensor: ParameterInfo) => boolean) => {
    const paths = new Set(info.filter(chosen).map(({ path }) => path));
    return keyed.filter(({ path }) => paths.has(path)).map(({ key }) => key);
  };
  const multiples = [...new Set(info.map(multiple))].filter((each) => each !== 1);
  return {
    decayed: keysOf(({ shape }) => shape.length === 2),
    rates: multiples.map((each) => ({ multiple: each, keys: keysOf((tensor) => multiple(tensor) === each) })),
  };
}

/** How a runner writes answers to the questions of a split; empty where it writes none. */
export const writingOfRunner = ({ writing }: Pick<TaskData, 'writing'>): Pick<RunnerTraining, 'writing'> =>
  writing ? { writing: { ends: [...(writing.ends ?? [writing.end])], tokens: writing.tokens } } : {};

/** Units that are assembled at a time. */
const atATime = 256;

/** Rows of a split as safetensors: tokens, lengths, targets or values, and prompts of questions. @param units default: all */
export function splitFile(split: Split, units = Array.from({ length: split.size }, (_, unit) => unit)): Uint8Array {
  const batches = [];
  for (let start = 0; start < units.length; start += atATime)
    batches.push(split.batch(units.slice(start, start + atATime)));
  const size = units.length;
  const sequence = batches[0]?.sequence ?? 0;
  const ints = (parts: readonly Int32Array[]) => Int32Array.from(parts.flatMap((part) => [...part]));
  const targets = ints(batches.map((batch) => batch.targets));
  const values = batches.flatMap((batch) => [...(batch.values ?? [])]);
  const tensors = new Map<string, HostState>([
    ['tokens', { shape: [size, sequence], values: ints(batches.map(({ inputs }) => inputs)) }],
    ['lengths', { shape: [size], values: ints(batches.map(({ lengths }) => lengths)) }],
  ]);
  if (values.length > 0) tensors.set('values', { shape: [size], values: Float32Array.from(values) });
  else tensors.set('targets', { shape: targets.length > size ? [size, sequence] : [size], values: targets });
  if (split.questions) {
    const prompts = units.map((unit) => split.questions!.prompt(unit));
    const longest = prompts.reduce((most, { length }) => Math.max(most, length), 0);
    const padded = new Int32Array(size * longest);
    for (const [row, prompt] of prompts.entries()) padded.set(prompt, row * longest);
    tensors.set('prompts', { shape: [size, longest], values: padded });
    tensors.set('promptLengths', { shape: [size], values: Int32Array.from(prompts, ({ length }) => length) });
  }
  return writeSafetensors(tensors);
}

/**
 * Scores of a split from what a runner read of the model.
 *
 * @param file safetensors with `read`, a row for each unit, and `written` where answers are
 * @throws Error where it has other rows, or no answers
 */
export function scoresOfRead(data: TaskData, split: Split, file: Uint8Array): Evaluation {
  const { tensors } = readSafetensors(file, 'the file of scores');
  const read = tensors.get('read');
  if (read?.shape[0] !== split.size) {
    throw new Error(`the runner scored ${read?.shape[0] ?? 'no'} rows, and the split has ${split.size}`);
  }
  const width = read.values.length / split.size;
  const gathered = new GatheredScores(data, split.size);
  for (let start = 0; start < split.size; start += atATime) {
    const units = Array.from({ length: Math.min(atATime, split.size - start) }, (_, offset) => start + offset);
    const values = read.values.subarray(start * width, (start + units.length) * width);
    gathered.add(start, values, split.batch(units));
  }
  const scores = gathered.scores();
  const { writing, segmenter } = data;
  if (writing === undefined) return evaluationOf(scores);
  const answers = tensors.get('written');
  if (answers?.shape[0] !== split.size) {
    throw new Error(`the runner wrote ${answers?.shape[0] ?? 'no'} answers, and the split asks ${split.size}`);
  }
  const most = answers.values.length / split.size;
  const tokens = Array.from({ length: split.size }, (_, unit) =>
    Array.from(answers.values.subarray(unit * most, (unit + 1) * most)).filter((token) => token >= 0),
  );
  const written = writtenBy(tokens, { split, writing, answered: findObjective(data.objective).answered!, segmenter });
  return evaluationOf({ ...scores, columns: { ...scores.columns, ...written.columns }, written });
}

/**
 * The adapter that a runner left, in this library's file: what stood in the first values' stays, with other tensors.
 *
 * @throws PeftAdapterError naming what is not as expected
 * @throws Error where it is of another method, configuration or shape than its first values
 */
export function leftByRunner(
  model: ModelConfig,
  first: Uint8Array,
  files: { config: unknown; weights: Uint8Array },
): Uint8Array {
  const { info, tensors } = readAdapter(first);
  const { tensors: stored, metadata } = readStates(files.weights, 'adapter_model.safetensors');
  const left = readAdapter(importAdapter({ model, config: files.config, tensors: stored, metadata }).adapter);
  if (left.info.method !== info.method) {
    throw new Error(`the runner left an adapter of ${left.info.method}, and ${info.method} was ordered`);
  }
  for (const [path, { shape }] of tensors) {
    const found = left.tensors.get(path);
    if (found?.shape.join() !== shape.join()) {
      throw new Error(`the runner left ${path} as [${found?.shape ?? 'nothing'}], and [${shape}] was ordered`);
    }
  }
  return encodeAdapter(left.tensors, info);
}
