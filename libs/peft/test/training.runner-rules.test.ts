import { describe, expect, it } from 'vitest';
import {
  findMethod,
  findOptimizer,
  type ModelConfig,
  modelConfigSchema,
  objectiveNames,
  predictMemory,
  presetConfig,
  refusal,
} from '../src/index.js';
import { lossOfRunner } from '../src/objectives/runner-loss.js';

const bert = modelConfigSchema.parse({
  ...{ architecture: 'bert', vocabularySize: 40, contextLength: 64, types: 2, pooler: true },
  ...{ width: 16, layers: 2, heads: 2, mlpWidth: 24, normEpsilon: 1e-12 },
});
const minilm = modelConfigSchema.parse({
  ...{ architecture: 'bert', vocabularySize: 30522, contextLength: 512, types: 2, pooler: true },
  ...{ width: 384, layers: 6, heads: 12, mlpWidth: 1536, normEpsilon: 1e-12 },
});
const built = (name: string) => {
  const optimizer = findOptimizer(name);
  return optimizer.build(optimizer.config.parse({}));
};
const trial = (method = 'lora', model: ModelConfig = bert) => ({
  model,
  method: findMethod(method),
  config: findMethod(method).config.parse({}),
  targets: ['query', 'value'],
  engine: 'torch' as const,
  optimizer: built('adamw'),
  ...(model === bert && { classes: 2, objective: 'classification' as const }),
});

describe('a runner', () => {
  it('takes the losses that are one operation on outputs', () => {
    expect(objectiveNames.filter((name) => lossOfRunner(name) === 'tokenCrossEntropy')).toContain('instruction-tuning');
    expect(lossOfRunner('classification')).toBe('crossEntropy');
    expect(lossOfRunner('regression')).toBe('squaredError');
    for (const name of ['ranking', 'retrieval', 'regression-quantile', 'recommendation']) {
      expect(lossOfRunner(name), name).toBeUndefined();
    }
  });

  it('trains LoRA on an encoder with classes', () => {
    expect(refusal(trial())).toBeUndefined();
  });

  it.each([
    ['adalora', /changes ranks between steps/],
    ['pissa', /begins with kernels other than the base's/],
    ['pvera', /draws numbers in its forward pass/],
    ['lily', /tensors that some layers share/],
    ['full-ft', /its files hold no such adapter/],
    ['lora-xs', /its files hold no such adapter/],
  ])('refuses %s, and says why', (method, reason) => {
    expect(refusal(trial(method))).toEqual({ field: 'method', reason: expect.stringMatching(reason) });
    expect(refusal({ ...trial(method), engine: 'wasm' })).toBeUndefined();
  });

  it('refuses layers that lie in one module of the base', () => {
    const gpt2 = presetConfig('nano', 40);
    expect(refusal(trial('lora', gpt2))).toEqual({ field: 'method', reason: expect.stringContaining('targets') });
    expect(refusal({ ...trial('lora', gpt2), targets: ['fc_in'] })).toBeUndefined();
  });

  it.each([
    ['optimizer', { optimizer: built('muon') }],
    ['dropout', { dropout: 0.1 }],
    ['normEvery', { normEvery: 2 }],
    ['baseDtype', { baseDtype: 'float16' as const }],
    ['engine', { objective: 'ranking' as const, classes: 1 }],
  ])('refuses what it does not do: %s', (field, more) => {
    expect(refusal({ ...trial(), ...more })?.field).toBe(field);
    expect(refusal({ ...trial(), ...more })?.reason).toContain('torch');
  });

  it.each(['adamw', 'sgd', 'sgdm', 'adafactor', 'lion', 'lora-plus'])('updates by %s', (name) => {
    expect(refusal({ ...trial(), optimizer: built(name) })).toBeUndefined();
  });

  it('takes 8-bit Adam whose entries share scales as those of bitsandbytes do', () => {
    expect(refusal({ ...trial(), optimizer: built('adam-8bit') })).toEqual({
      field: 'optimizer',
      reason: 'bitsandbytes scales 256 entries at a time, and blockSize is 2048: set it to 256',
    });
    const optimizer = findOptimizer('adam-8bit');
    const own = optimizer.build(optimizer.config.parse({ blockSize: 256 }));
    expect(refusal({ ...trial(), optimizer: own })).toBeUndefined();
  });

  it.each(['bfloat16', 'int8', 'nf4'] as const)('trains LoRA on a base in %s', (baseDtype) => {
    expect(refusal({ ...trial(), baseDtype })).toBeUndefined();
    expect(refusal({ ...trial(), baseDtype, computeDtype: 'bfloat16', attention: 'whole' })).toBeUndefined();
  });

  it('leaves scales of nf4 in float32, which no engine here does', () => {
    const off = { ...trial(), doubleQuantization: 'off' as const };
    expect(refusal({ ...off, baseDtype: 'nf4' })).toBeUndefined();
    expect(refusal({ ...off, baseDtype: 'int8' })).toEqual({
      field: 'doubleQuantization',
      reason: 'nf4 alone has scales to pack, and the base is in int8: leave it out',
    });
    expect(refusal({ ...off, baseDtype: 'nf4', engine: 'wasm' })).toEqual({
      field: 'doubleQuantization',
      reason: 'wasm packs the scales of nf4 too: take on, or the engine torch',
    });
  });

  it('trains in several processes, each with an equal part of a batch and its own copy of all else', () => {
    const several = { ...trial(), devices: 2, batchSize: 4 };
    expect(refusal(several)).toBeUndefined();
    expect(refusal({ ...several, batchSize: 5 })).toEqual({
      field: 'devices',
      reason: 'torch gives each of 2 devices an equal part of a batch, and batchSize is 5: take a multiple of 2',
    });
    expect(refusal({ ...several, engine: 'wasm' })).toEqual({
      field: 'devices',
      reason: 'devices is 2, and wasm trains a trial in one process: leave it out, or take the engine torch',
    });
    const input = { ...several, sequence: 16 };
    const [one, two] = [predictMemory({ ...input, batchSize: 2, devices: 1 }), predictMemory(input)];
    // Gradients are copied to buckets beside, as large as the adapter.
    expect(two).toEqual({ ...one, workspace: one.workspace + one.adapters, total: one.total + one.adapters });
  });

  it('predicts memory from the part of the batch that each process trains, down to one example', () => {
    const input = { ...trial(), sequence: 16 };
    const [one, four] = [
      predictMemory({ ...input, batchSize: 1 }),
      predictMemory({ ...input, batchSize: 4, devices: 4 }),
    ];
    expect(four.total).toBe(one.total + one.adapters);
  });

  it.each([
    [{ devices: 1 }, 'shard is fsdp, and devices is 1: set devices to 2 or more, or leave shard out'],
    [
      { engine: 'wasm' as const, devices: 1 },
      'shard is fsdp, and wasm trains a trial in one process: leave it out, or take the engine torch',
    ],
    [
      { baseDtype: 'nf4' as const },
      'fsdp parts the base, and kernels that bitsandbytes packs as nf4 stay whole: take zero2, float32 or bfloat16',
    ],
    [
      { optimizer: built('lion') },
      'fsdp gives each process a share of every tensor, and lion reads whole ones: take adamw or sgd, or leave shard out',
    ],
    [
      {
        method: findMethod('vb-lora'),
        config: findMethod('vb-lora').config.parse({ vectors: 8, vectorLength: 8, topK: 2 }),
      },
      "fsdp gives each layer's tensors to a unit of its own, and those of vb-lora share vblora_vector_bank: leave shard out, or choose another method",
    ],
  ])('refuses shares of what cannot be shared: %#', (more, reason) => {
    const several = { ...trial(), devices: 2, batchSize: 4, shard: 'fsdp' as const };
    expect(refusal(several)).toBeUndefined();
    expect(refusal({ ...several, ...more })).toEqual({ field: 'shard', reason });
    expect(refusal({ ...several, ...more, shard: 'ddp' })?.field).not.toBe('shard');
  });

  it('packs a base whose adapter alone is shared', () => {
    const several = { ...trial(), devices: 2, batchSize: 4, baseDtype: 'nf4' as const };
    expect(refusal({ ...several, shard: 'zero2' })).toBeUndefined();
    expect(refusal({ ...several, shard: 'zero3' })?.field).toBe('shard');
  });

  // MiniLM with LoRA of rank 4, 8 rows of 32 tokens, by AdamW: bytes of the storages of each of two processes of torch 2.13 over gloo.
  it.each([
    ['ddp', 106_091_204, {}],
    ['zero2', 105_865_400, {}],
    ['fsdp', 156_649_368, {}],
    ['zero3', 156_649_368, {}],
    ['fsdp', 78_465_024, { baseDtype: 'bfloat16' }],
    ['fsdp', 157_043_608, { checkpointing: 'block' }],
    ['fsdp', 156_724_636, { accumulate: 2 }],
  ] as const)('is predicted to hold by %s what two processes were measured to: %i bytes', (shard, measured, more) => {
    const [method, optimizer] = [findMethod('lora'), built('adamw')];
    const input = { ...{ model: minilm, method, config: method.config.parse({ rank: 4 }) }, ...{ optimizer, shard } };
    const read = { ...{ classes: 2, objective: 'classification' as const }, ...{ batchSize: 8, sequence: 32 } };
    const predicted = predictMemory({ ...trial(), ...input, ...read, devices: 2, ...more });
    expect(Math.abs(predicted.total / measured - 1)).toBeLessThan(0.004);
  });

  it.each(['int8', 'nf4'] as const)('refuses a base in %s where peft has no layer for it', (baseDtype) => {
    expect(refusal({ ...trial('mica'), baseDtype })).toEqual({
      field: 'baseDtype',
      reason: expect.stringMatching(/^Python peft cannot train mica on kernels that bitsandbytes packs/),
    });
    expect(refusal({ ...trial('mica'), baseDtype: 'bfloat16' })).toBeUndefined();
    expect(refusal({ ...trial('mica'), baseDtype, engine: 'wasm' })).toBeUndefined();
  });

  it('is predicted to hold what torch holds, and not what an engine here does', () => {
    const input = { ...trial(), batchSize: 4, sequence: 16 };
    const { weights, total } = predictMemory(input);
    expect(weights).toBe(predictMemory({ ...input, engine: 'wasm' }).weights);
    expect(total).not.toBe(predictMemory({ ...input, engine: 'wasm' }).total);
    // Four kernels of 256 numbers and two of 384 in each block, with a scale for 64 numbers and 16 codes each.
    const numbers = 2 * (4 * 256 + 2 * 384);
    const [on, off] = (['on', 'off'] as const).map((doubleQuantization) =>
      predictMemory({ ...input, baseDtype: 'nf4', doubleQuantization }),
    );
    // Biases of these kernels are cast to the type of their products.
    const biases = 2 * (5 * 16 + 24);
    const packed = numbers / 2 + 12 * 4 * 16 + (4 * numbers) / 64;
    expect(off!.weights).toBe(weights - 4 * numbers - 2 * biases + packed);
    expect(on!.weights - off!.weights).toBe(12 * 4 * (1 + 256 + 1) - (3 * numbers) / 64);
  });
});
