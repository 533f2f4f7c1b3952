/** @file Estimates of published models from their config.json, in every combination of what lowers a peak, for both profiles. */
import { describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import { gemma9b, llama8b, llama70b, qwen4b } from '../../../test/support/published-configs.js';
import { type Attention, attentions } from '../src/engine/chunk.js';
import { estimateOf } from '../src/memory/estimate-answer.js';
import type { EstimateAsked } from '../src/memory/estimate-request.js';
import { type TorchAttention, torchAttentions } from '../src/memory/torch/options.js';
import { finetunes } from '../src/method.js';
import { architectureOf, baseParameters, linearLayers } from '../src/models/config.js';
import { readShapes } from '../src/models/huggingface.js';
import { findMethod, methods } from '../src/registry.js';
import { type BaseDtype, baseDtypes } from '../src/tensor/base-dtypes.js';
import { sizeOf } from '../src/tensor/shape.js';
import { type Checkpointing, checkpointings } from '../src/training/checkpointing.js';
import { oneOfEach, slotsOf } from './support/capabilities.js';

/** The number of parameters that its publisher names, and how many of them are not of the token table. */
const published = [
  { of: 'Llama-3.1-8B', json: llama8b, parameters: 8_030_261_248 },
  { of: 'Qwen3-4B', json: qwen4b, parameters: 4_022_468_096 },
  // 2408.00118, table 2.
  { of: 'Gemma-2-9B', json: gemma9b, parameters: 9_241_705_984, besidesTable: 8_324_201_984 },
];

interface Combination {
  profile: 'rankforge' | 'torch';
  dtype: BaseDtype;
  checkpointing: Checkpointing;
  attention: Attention | TorchAttention;
}

const combinations: Combination[] = (['rankforge', 'torch'] as const).flatMap((profile) =>
  baseDtypes.flatMap((dtype) =>
    checkpointings.flatMap((checkpointing) =>
      (profile === 'torch' ? torchAttentions : attentions).map((attention) => ({
        profile,
        dtype,
        checkpointing,
        attention,
      })),
    ),
  ),
);

const asked = (names: readonly string[], combination: Combination): EstimateAsked => {
  const { profile, dtype, checkpointing, attention } = combination;
  const own = profile === 'torch' ? {} : { attention: attention as Attention };
  return {
    methods: names,
    targets: ['query', 'value'],
    optimizer: 'adamw',
    engine: 'wasm',
    batch: 1,
    sequence: 1024,
    dtype,
    checkpointing,
    ...own,
    ...(profile === 'torch' ? { torch: { attention: attention as TorchAttention } } : {}),
  };
};

const finetuning = methods.filter(finetunes).map(({ name }) => name);

/** One size of model meets every combination; the others, whose layers differ, meet them with `--full`. */
const inAll = casesOf('models with LoRA in every combination', published, published.slice(0, 1)).map(({ of }) => of);

describe('sizes that no model has', () => {
  const { json } = published[0]!;
  it.each(['hidden_size', 'intermediate_size', 'num_hidden_layers', 'vocab_size', 'max_position_embeddings'])(
    'are refused by the field of the file: %s',
    (field) => {
      expect(() => readShapes({ ...(json as object), [field]: 2 ** 31 })).toThrow(
        new RegExp(`^${field}: expected at most \\d+, got 2147483648$`),
      );
    },
  );
});

it('a number of layers that no model has is refused before anything is built of it', () => {
  const gemma = { ...gemma9b, num_hidden_layers: 2_000_000_000, layer_types: ['sliding_attention'] };
  expect(() => readShapes(gemma)).toThrow(/^num_hidden_layers: expected at most 10000, got 2000000000$/);
});

describe.each(published)('$of', ({ of, json, parameters, besidesTable }) => {
  const model = readShapes(json);
  const kernels = linearLayers(model);
  const inKernels = kernels.reduce((sum, { shape }) => sum + shape.in * shape.out, 0);

  it('has the number of parameters that is published', () => {
    const sizes = baseParameters(model).map(({ path, shape }) => ({ path, size: sizeOf(shape) }));
    const sum = (of: typeof sizes) => of.reduce((total, { size }) => total + size, 0);
    expect(sum(sizes)).toBe(parameters);
    if (besidesTable)
      expect(sum(sizes.filter(({ path }) => path !== architectureOf(model).vocabularyTable?.(model)))).toBe(
        besidesTable,
      );
  });

  /** Bytes of the base: packed kernels take what their type takes, all else four bytes, in torch two where a 16-bit base is not quantized. */
  function weights({ profile, dtype }: Combination): number {
    const each = profile === 'torch' && (dtype === 'bfloat16' || dtype === 'float16') ? 2 : 4;
    const rest = each * (parameters - inKernels);
    const outputs = kernels.reduce((sum, { shape }) => sum + shape.out, 0);
    if (dtype === 'int8') return rest + inKernels + 4 * outputs;
    if (dtype !== 'nf4') return rest + (dtype === 'float32' ? 4 : 2) * inKernels;
    return kernels.reduce((sum, { shape }) => {
      const blocks = Math.ceil((shape.in * shape.out) / 64);
      // Each kernel of bitsandbytes has tables of 16 codes and of 256 for the scales, and their mean.
      const tables = profile === 'torch' ? 4 * (16 + 256 + 1) : 0;
      return sum + (shape.in * shape.out) / 2 + blocks + 4 * Math.ceil(blocks / 256) + tables;
    }, rest);
  }

  it.runIf(inAll.includes(of))(
    'is estimated with LoRA in every combination, which hold what their types say, and less where they lower the peak',
    () => {
      const totals = new Map<string, number>();
      const key = (of: Combination) => Object.values(of).join();
      for (const combination of combinations) {
        const { rows, refused, ...said } = estimateOf(model, asked(['lora'], combination));
        const { profile, dtype, checkpointing } = combination;
        expect({ refused, ...said }).toMatchObject({ refused: [], profile, dtype, checkpointing });
        const { total, ...parts } = rows[0]!.memory;
        expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
        expect(Math.abs(parts.weights / weights(combination) - 1)).toBeLessThan(
          combination.profile === 'torch' ? 1e-12 : 1e-4,
        );
        totals.set(key(combination), total);
      }
      const total = (of: Combination) => totals.get(key(of))!;
      for (const combination of combinations) {
        if (combination.checkpointing === 'block') {
          expect(total(combination)).toBeLessThan(total({ ...combination, checkpointing: 'none' }));
        }
        const lower = { whole: 'chunked', eager: 'sdpa', sdpa: 'flash' } as const;
        const { attention } = combination;
        if (attention in lower) {
          const next = { ...combination, attention: lower[attention as keyof typeof lower] };
          expect(total(next)).toBeLessThanOrEqual(total(combination));
        }
      }
    },
  );

  const own = published.findIndex((model) => model.of === of);
  const each = finetuning.flatMap((name, index) =>
    index % published.length === own ? [[name, combinations[(7 * index) % combinations.length]!] as const] : [],
  );
  const every = finetuning.flatMap((name) => combinations.map((combination) => [name, combination] as const));
  it('has a row or a reason for every method', () => {
    for (const [name, combination] of casesOf(`estimates of methods by combinations for ${of}`, every, each)) {
      const { rows, refused } = estimateOf(model, asked([name], combination));
      expect([...rows, ...refused].map(({ method }) => method)).toEqual([name]);
      for (const { reason } of refused) expect(reason).toContain(name);
      for (const { memory } of rows) expect(memory.total).toBeGreaterThan(parameters / 2);
    }
  });
});

it('refuses packed kernels of full fine-tuning on an engine, with what to do, and counts them whole in torch, which trains them', () => {
  const model = readShapes(qwen4b);
  const combination = { dtype: 'nf4', checkpointing: 'none', attention: 'whole', profile: 'rankforge' } as const;
  const { rows, refused } = estimateOf(model, asked(['full-ft', 'dora', 'lora'], combination));
  expect(rows.map(({ method }) => method)).toEqual(['lora']);
  expect(refused.map(({ method, reason }) => [method, reason])).toEqual([
    ['full-ft', 'full-ft trains kernels, and nf4 packs them: take float32, or another method'],
    ['dora', expect.stringMatching(/^dora .*, and nf4 packs them: take float32, or another method$/)],
  ]);
  const inTorch = estimateOf(model, asked(['full-ft'], { ...combination, profile: 'torch', attention: 'sdpa' }));
  expect(inTorch.rows[0]?.memory.weights).toBe(2 * 4_022_468_096);
});

describe('Llama-3.1-70B', () => {
  const model = readShapes(llama70b);
  const parameters = 70_553_706_496;

  it('has a row of whole bytes or a reason for every method, those that pre-train among them', () => {
    const kinds = [...oneOfEach(methods, slotsOf), ...['full-ft', 'lora', 'sltrain'].map(findMethod)];
    const names = casesOf(
      'estimates of methods at 70 B',
      methods,
      methods.filter((method) => kinds.includes(method)),
    ).map(({ name }) => name);
    const combination = {
      profile: 'rankforge',
      dtype: 'float32',
      checkpointing: 'block',
      attention: 'chunked',
    } as const;
    const { rows, refused, model: said } = estimateOf(model, asked(names, combination));
    expect(said.parameters).toBe(parameters);
    expect([...rows, ...refused].map(({ method }) => method).toSorted()).toEqual(names.toSorted());
    for (const { memory } of rows)
      for (const part of Object.values(memory)) expect(Number.isSafeInteger(part)).toBe(true);
    const row = (name: string) => rows.find(({ method }) => method === name)!;
    const { weights, gradients, optimizer } = row('full-ft').memory;
    expect(weights + gradients + optimizer).toBe(16 * parameters);
    // 80 layers, rank 8: queries 8192 → 8192, values 8192 → 1024.
    expect(row('lora').trainableParameters).toBe(80 * 8 * (8192 + 8192 + 8192 + 1024));
    expect(row('sltrain').beyondEngine).toMatch(/a kernel of \d+ entries/);
  });
});
