/** @file What a training in transformers and peft holds on CUDA, held to what torch's autograd saves. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { traceTorch } from '../src/memory/torch/graph.js';
import {
  computeBytes,
  defaultTorchOptions,
  type TorchAdapters,
  type TorchAttention,
  type TorchDtype,
} from '../src/memory/torch/options.js';
import { predictTorch, saveForHead, tableOf, weightsOf } from '../src/memory/torch/predict.js';
import { readModelConfig, readShapes } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import type { Checkpointing } from '../src/training/checkpointing.js';
import { planTrial } from '../src/training/plan.js';

const vectorOf = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`vectors/memory/${name}.json`, import.meta.url), 'utf8')) as T;

interface Case {
  model: 'llama' | 'gpt2';
  method: string;
  dtype: TorchDtype;
  attention: TorchAttention;
  padded: boolean;
  adapters?: TorchAdapters;
  dropout?: number;
  autocast?: boolean;
  checkpointing?: Checkpointing;
  /** Beside the rank. */
  config?: object;
  batch: number;
  sequence: number;
  /** Bytes of all that autograd saves. */
  bytes: number;
  logits: number;
  /** Bytes of what peft adds to the model: parameters and buffers. */
  held: number;
}

const vector = vectorOf<{
  configs: Record<Case['model'], object>;
  cases: Case[];
}>('torch_saved');

const figures = ['batch', 'sequence', 'bytes', 'logits', 'largest', 'held', 'peft'];
const named = (set: Case) =>
  Object.entries(set)
    .filter(([name]) => !figures.includes(name))
    .map(([name, value]) =>
      typeof value === 'string' && name !== 'adapters' ? value : `${name} ${JSON.stringify(value)}`,
    )
    .join(', ');

function configOf({ method: name, config }: Pick<Case, 'method' | 'config'>): unknown {
  const method = findMethod(name);
  return method.config.parse({ ...(method.usesRank && { rank: 4 }), ...config });
}

describe('bytes that autograd saves in a forward pass of transformers', () => {
  it.each(vector.cases.map((each) => [named(each), each] as const))('are predicted to the byte: %s', (_, each) => {
    const model = readModelConfig(vector.configs[each.model]);
    const method = findMethod(each.method);
    const config = configOf(each);
    const { batch: batchSize, sequence, dropout = 0 } = each;
    const { dtype, attention, padded, adapters = 'float32', autocast = false, checkpointing = 'none' } = each;
    const options = { ...defaultTorchOptions, dtype, attention, padded, adapters, autocast, checkpointing };
    const trial = { model, method, config, targets: ['query', 'value'], batchSize, sequence };
    const plan = planTrial(trial);
    const { saved, hidden, cache } = traceTorch({ ...trial, plan, dropout, options });
    // The head is the token table.
    saveForHead(hidden, 100, tableOf(plan, 'embedding.tokens'), options, saved);
    const { heads, keyHeads } = model as { heads: number; keyHeads?: number };
    // Keys and values that are not repeated are saved as the cache has them.
    const repeats = keyHeads !== undefined && keyHeads < heads && (attention === 'eager' || padded);
    const logarithms = 4 * batchSize * sequence * 100;
    // Means and deviations of layer norms are in the type of the model on the CPU, where the vector was made.
    const onCpu = each.model === 'gpt2' && dtype === 'bfloat16' ? (2 * 3 + 1) * 2 * 2 * batchSize * sequence : 0;
    // On the CPU masks of dropped inputs are in the type of the adapter; on CUDA they have a byte for each number.
    const maskBytes = adapters === 'model' ? 2 : 4;
    const masks = dropout > 0 ? (3 - 1) * 2 * batchSize * sequence * 64 * (maskBytes - 1) : 0;
    // The loss is divided by the number of tokens, which is saved, a number.
    const own = saved.bytes + (repeats ? 0 : cache) + logarithms + 4 + masks - onCpu;
    expect({ saved: own, logits: (logarithms * computeBytes(options)) / 4 }).toEqual({
      saved: each.bytes,
      logits: each.logits,
    });
  });
});

interface QuantizedCase {
  method: string;
  dtype: TorchDtype;
  attention: TorchAttention;
  prepared: boolean;
  padded?: boolean;
  double?: boolean;
  autocast?: boolean;
  dropout?: number;
  checkpointing?: Checkpointing;
  batch: number;
  sequence: number;
  weights: number;
  /** Of all that autograd saves. */
  saved: number;
  /** Of all numbers with a point that are there after the forward pass. */
  alive: number;
  logits: number;
}

const quantized = vectorOf<{
  config: object;
  cases: QuantizedCase[];
}>('torch_quantized');

const saidOf = ({
  batch: _,
  sequence: __,
  weights: ___,
  saved: ____,
  alive: _____,
  logits: ______,
  ...set
}: QuantizedCase) =>
  Object.entries(set)
    .map(([name, value]) => (typeof value === 'string' ? value : `${name} ${value}`))
    .join(', ');

describe('bytes that peft adds to a model', () => {
  it.each(vector.cases.map((each) => [named(each), each] as const))('are predicted to the byte: %s', (_, each) => {
    const { dtype, adapters = 'float32', batch: batchSize, sequence } = each;
    const method = findMethod(each.method);
    const adamw = findOptimizer('adamw');
    const { memory } = predictTorch({
      model: readModelConfig(vector.configs[each.model]),
      method,
      config: configOf(each),
      targets: ['query', 'value'],
      optimizer: adamw.build(adamw.config.parse({})),
      batchSize,
      sequence,
      options: { ...defaultTorchOptions, dtype, adapters },
    });
    expect(memory.adapters).toBe(each.held);
  });
});

describe('bytes that transformers, peft and bitsandbytes hold of a quantized base', () => {
  it.each(quantized.cases.map((each) => [saidOf(each), each] as const))('are predicted to the byte: %s', (_, each) => {
    const model = readModelConfig(quantized.config);
    const method = findMethod(each.method);
    const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
    const { batch: batchSize, sequence, dtype, attention, prepared, dropout = 0, padded = true } = each;
    const { autocast = false, checkpointing = 'none', double: doubleQuantization = true } = each;
    const set = { dtype, attention, prepared, padded, autocast, checkpointing, doubleQuantization };
    const options = { ...defaultTorchOptions, ...set };
    const trial = { model, method, config, targets: ['query', 'value'], batchSize, sequence };
    const plan = planTrial(trial);
    const { saved, hidden, cache, given } = traceTorch({ ...trial, plan, dropout, options });
    saveForHead(hidden, 100, tableOf(plan, 'embedding.tokens'), options, saved);
    const logarithms = 4 * batchSize * sequence * 100;
    const logits = (logarithms * computeBytes(options)) / 4;
    // On the CPU masks of dropped inputs are in float32; on CUDA they have a byte for each number.
    const masks = dropout > 0 ? (3 - 1) * 2 * batchSize * sequence * 64 * 3 : 0;
    const ofAutograd = saved.bytes + logarithms + 4 + masks;
    // Keys and values that are not repeated are saved as the cache has them, unless autocast made others.
    const isCache = !padded && attention === 'sdpa' && !(autocast && prepared);
    // The mask of sdpa is whole numbers.
    const mask = checkpointing === 'block' && attention === 'sdpa' && padded ? batchSize * sequence ** 2 : 0;
    expect({
      weights: weightsOf({ model, options }, plan),
      // Inputs that bitsandbytes keeps of products of 8 bits are no saved tensors.
      saved: dtype === 'int8' ? each.saved : ofAutograd + (isCache ? cache : 0),
      alive: ofAutograd + cache + given - mask + logits + 4,
      logits,
    }).toEqual({ weights: each.weights, saved: each.saved, alive: each.alive, logits: each.logits });
  });
});

interface PeakCase extends Pick<QuantizedCase, 'dtype' | 'attention' | 'prepared' | 'batch' | 'sequence'> {
  config: object;
  autocast: boolean;
  checkpointing: boolean;
  peak: number;
}

const peaks = vectorOf<PeakCase[]>('torch_peaks');

describe('the peak of a forward and a backward pass of LoRA beside weights', () => {
  const said = ({ peak: _, config: __, batch: ___, ...set }: PeakCase) => Object.entries(set).map(String).join(' ');
  it.each(peaks.map((each) => [said(each), each] as const))('is predicted within 5 %%: %s', (_, each) => {
    const { peak, checkpointing, config, batch, sequence, ...set } = each;
    const lora = findMethod('lora');
    const adamw = findOptimizer('adamw');
    const { memory, moment } = predictTorch({
      model: readModelConfig(config),
      method: lora,
      config: lora.config.parse({ rank: 4 }),
      targets: ['query', 'value'],
      optimizer: adamw.build(adamw.config.parse({})),
      batchSize: batch,
      sequence,
      options: { ...defaultTorchOptions, ...set, checkpointing: checkpointing ? 'block' : 'none' },
    });
    // The operations that were seen need no workspace of cuBLAS.
    const cublas = 8320 * 1024;
    const share = (memory.activations + memory.workspace - cublas) / peak;
    expect(moment).toBe('block');
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThan(1.05);
  });
});

interface DroppingCase extends Pick<Case, 'method' | 'dtype' | 'attention' | 'batch' | 'sequence'> {
  config: { model_type: string };
  saved: number;
}

const dropping = vectorOf<DroppingCase[]>('torch_dropout');

describe('dropout of a model', () => {
  const said = ({ config: { model_type: type, ...config }, method, dtype, attention }: DroppingCase) => {
    const drops = Object.entries(config).filter(([name]) => /pdrop|dropout/.test(name));
    return [type, method, dtype, attention, ...drops.flat()].join(' ');
  };
  it.each(dropping.map((each) => [said(each), each] as const))(
    'adds masks that are predicted to the byte: %s',
    (_, each) => {
      const { batch: batchSize, sequence, dtype, attention } = each;
      const model = readShapes(each.config);
      const method = findMethod(each.method);
      const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
      const trial = { model, method, config, targets: ['query', 'value'], batchSize, sequence };
      const options = { ...defaultTorchOptions, dtype, attention };
      const { saved, cache } = traceTorch({ ...trial, plan: planTrial(trial), dropout: 0, options });
      const bytes = dtype === 'float32' ? 4 : 2;
      const [rows, trainsAll] = [batchSize * sequence, each.method === 'full-ft'];
      // On the CPU masks are in the type of what is dropped; on CUDA they have a byte for each number.
      const { attention: weights = 0, hidden = 0 } = model.dropout ?? {};
      const dropped =
        (weights > 0 ? 3 * 4 * rows * sequence : 0) + (hidden > 0 ? (2 * 3 + Number(trainsAll)) * rows * 64 : 0);
      // Means and deviations of layer norms are in the type of the model there.
      const norms = (2 * 3 + Number(trainsAll)) * 2 * rows * (4 - bytes);
      expect(saved.bytes + cache + dropped * (bytes - 1) - norms).toBe(each.saved);
    },
  );

  it('defaults to 0.1 for GPT-2 and to none for Llama, and stays below 1', () => {
    const { model_type: _, ...gpt2 } = vector.configs.gpt2 as Record<string, unknown>;
    const { attn_pdrop: __, resid_pdrop: ___, embd_pdrop: ____, ...shapes } = gpt2;
    expect(readShapes({ model_type: 'gpt2', ...shapes })).toHaveProperty('dropout', {
      attention: 0.1,
      hidden: 0.1,
      embedding: 0.1,
    });
    expect(readShapes(vector.configs.gpt2)).not.toHaveProperty('dropout');
    expect(readShapes(vector.configs.llama)).not.toHaveProperty('dropout');
    expect(() => readShapes({ ...vector.configs.llama, attention_dropout: 1 })).toThrow(
      'attention_dropout: expected a number from 0 and below 1, got 1',
    );
  });
});

interface ReplayedCase {
  model: string;
  method: string;
  batch: number;
  sequence: number;
  checkpointing: Checkpointing;
  update: 'foreach' | 'for-loop';
  allocated: number;
  reserved: number;
}

const replayed = vectorOf<{
  configs: Record<string, object>;
  cases: ReplayedCase[];
}>('torch_replayed');

describe('a training of a published size, step by step', () => {
  /** cuBLAS's workspace is of no operation. */
  const cublas = 8320 * 1024;
  const predicted = ({ model, method: name, batch, sequence, checkpointing, update }: ReplayedCase) => {
    const method = findMethod(name);
    const adamw = findOptimizer('adamw');
    return predictTorch({
      model: readModelConfig(replayed.configs[model]),
      method,
      config: method.config.parse(method.usesRank ? { rank: 16 } : {}),
      targets: ['query', 'value'],
      optimizer: adamw.build(adamw.config.parse({})),
      batchSize: batch,
      sequence,
      options: { ...defaultTorchOptions, checkpointing, update },
    });
  };
  const said = ({ allocated: _, reserved: __, ...set }: ReplayedCase) => Object.values(set).join(' ');

  it.each(replayed.cases.map((each) => [said(each), each] as const))('allocates what is predicted: %s', (_, each) => {
    expect(Math.abs((predicted(each).memory.total - cublas) / each.allocated - 1)).toBeLessThan(0.0005);
  });

  it.each(replayed.cases.map((each) => [said(each), each] as const))('reserves what is predicted: %s', (_, each) => {
    const { low, high } = predicted(each).intervals.reserved;
    const reserved = each.reserved + cublas;
    expect(reserved).toBeGreaterThan(low);
    // Where all is kept and every step is as long, three come out above: docs/estimates.md.
    expect(reserved).toBeLessThan(each.checkpointing === 'block' ? high : 1.03 * high);
  });
});
