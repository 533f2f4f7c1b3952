/** @file Adapters in the files of Python peft: which way each method leaves, and the way back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { nativeTensors } from '../src/export/native.js';
import { importAdapter } from '../src/export/read.js';
import { planExport } from '../src/export/route.js';
import { servability } from '../src/export/servable.js';
import { exportAdapter } from '../src/export/write.js';
import { readStates, writeSafetensors } from '../src/io/safetensors.js';
import type { HostState, HostTensor, Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { encodeAdapter, readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { expectClose } from './support/close.js';
import { alone, configOf, noise } from './support/noise.js';
import { tinyLlama } from './support/tiny-llama.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

/** Layers that share a module in GPT-2. */
const fused = ['query', 'value', 'fc_in'];

let base: LoadedBase;
beforeAll(async () => {
  await openEngine('cpu');
  base = tinyBase();
});
afterAll(() => base.dispose());

interface PeftFiles {
  config: Record<string, unknown>;
  tensors: Map<string, HostState>;
}

async function exported(method: Method, adapter: Uint8Array): Promise<PeftFiles> {
  const files = await exportAdapter({ model: base, method, adapter, format: 'peft', baseName: 'tiny' });
  const file = (name: string) => files.get(name)!;
  return {
    config: JSON.parse(Buffer.from(file('adapter_config.json')).toString('utf8')),
    tensors: readStates(file('adapter_model.safetensors'), 'adapter_model.safetensors').tensors,
  };
}

const imported = ({ config, tensors }: PeftFiles) => importAdapter({ model: base.config, config, tensors });

const losses = async (method: string, adapter: Uint8Array) =>
  (await evaluate({ model: base, method: findMethod(method), adapter, data: tinyData, split: 'test' })).columns.loss!;

const native = methods.filter(({ peft }) => peft?.conv1d);

describe.each(native.map((method) => ({ name: method.name, method })))('$name', ({ method }) => {
  it('comes back from the files it left in, to the bit', async () => {
    // Some methods are one of peft's on layers of one shape alone.
    const config = configOf(method);
    const { route } = planExport({ model: base.config, method, config, targets: alone });
    const targets = route.kind === 'native' ? alone : ['output'];
    const adapter = noise(method, targets);
    const back = imported(await exported(method, adapter));
    expect(readAdapter(back.adapter).tensors).toEqual(readAdapter(adapter).tensors);
    expect(back.targets.toSorted()).toEqual(targets.toSorted());
    expect(await losses(back.method, back.adapter)).toEqual(await losses(method.name, adapter));
  });
});

it('refuses a merged model that has no place for the bias of a layer, and names it', async () => {
  const method = findMethod('beft');
  const config = readModelConfig(tinyLlama);
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
  const options = { model: config, method, config: {}, targets: ['value'] };
  const { trial } = planExport(options);
  const values = trial.adapters.map(
    ({ path, shape }) => [path, { shape, values: new Float32Array(shape[0]!) }] as const,
  );
  const adapter = encodeAdapter(new Map(values), { method: method.name, config: {}, targets: ['value'], seed: 1 });
  const merged = exportAdapter({ model, method, adapter, format: 'merged', baseName: 'tiny' });
  await expect(merged).rejects.toThrow(
    "BEFT adds a bias to blocks.0.attention.value, and the model has no place for one there. Ask for the format 'peft'.",
  );
  model.dispose();
});

it('says to peft where the coefficients of a transform start, and reads it', async () => {
  const method = findMethod('fourierft');
  for (const [config, said] of [
    [{ scaling: 30 }, false],
    [{ scaling: 30, start: 'zeros' }, true],
  ] as const) {
    const parsed = method.config.parse(config);
    const files = await exported(method, noise(method, ['output'], parsed));
    expect(files.config.init_weights).toBe(said);
    expect(imported(files).config).toEqual(parsed);
  }
});

it('says to peft which layers are rescaled at their input, and reads it', async () => {
  const method = findMethod('ia3');
  const blocks = (name: string) => [0, 1].map((block) => `transformer.h.${block}.${name}`);
  const cases = [
    [{}, blocks('mlp.c_proj')],
    [{ feedForward: 'output, up' }, [...blocks('attn.c_proj'), ...blocks('mlp.c_fc')]],
    [{ feedForward: '' }, []],
  ] as const;
  for (const [config, modules] of cases) {
    const adapter = noise(method, alone, config);
    const files = await exported(method, adapter);
    expect((files.config.feedforward_modules as string[]).toSorted()).toEqual([...modules].toSorted());
    const back = imported(files);
    expect(back.config).toEqual(config);
    expect(readAdapter(back.adapter).tensors).toEqual(readAdapter(adapter).tensors);
    expect(await losses('ia3', back.adapter)).toEqual(await losses('ia3', adapter));
  }
});

describe('an adapter with whole numbers', () => {
  const model = readModelConfig(tinyLlama);
  const method = findMethod('shira');
  const config = method.config.parse({ rank: 1, places: 5 });
  const options = { model, method, config, targets: ['query'] };
  const stored = () => {
    const { modules, trial } = planExport(options);
    const { shape } = modules[0]!.targeted[0]!;
    const first = method.init!.layer({ shape, config, random: createRandom(1) } as never);
    const values = trial.adapters.map(({ path, name }) => [path, first.tensors[name]!] as const);
    return encodeAdapter(new Map(values), { method: method.name, config, targets: ['query'], seed: 1 });
  };
  const files = (): PeftFiles => {
    const { tensors } = readAdapter(stored());
    const named = nativeTensors(method.peft as never, planExport(options));
    const bytes = writeSafetensors(new Map(named.map(({ path, key, write }) => [key, write(tensors.get(path)!)])));
    return {
      config: { peft_type: 'SHIRA', ...method.peft!.settings(config, []) },
      tensors: readStates(bytes, 'adapter').tensors,
    };
  };
  const key = 'base_model.model.model.layers.0.self_attn.q_proj.shira_indices';
  const imported = ({ config, tensors }: PeftFiles) => importAdapter({ model, config, tensors });

  it('leaves with them in 32 bits, and comes back to the bit from these or from floats', () => {
    const { config, tensors } = files();
    const { shape, values } = tensors.get(key)!;
    expect(values).toBeInstanceOf(Int32Array);
    expect(shape).toEqual([2, 16]);
    const asFloats = new Map([...tensors]).set(key, { shape, values: Float32Array.from(values) });
    for (const each of [tensors, asFloats]) {
      expect(readAdapter(imported({ config, tensors: each }).adapter).tensors).toEqual(readAdapter(stored()).tensors);
    }
  });

  it('refuses a place that the layer does not have', () => {
    const { config, tensors } = files();
    const { shape, values } = tensors.get(key)!;
    tensors.set(key, { shape, values: values.map((value, at) => (at === 3 ? 8 : value)) as Int32Array });
    expect(() => imported({ config, tensors })).toThrow(
      'shira_indices: 8 is none of the 8 outputs of the layer; expected 0 to 7',
    );
  });

  it('refuses whole numbers where floats belong', () => {
    const { config, tensors } = files();
    const weight = key.replace('indices', 'weight');
    tensors.set(weight, { shape: [16], values: new Int32Array(16) });
    expect(() => imported({ config, tensors })).toThrow(`${weight} holds whole numbers (I32); expected floats`);
  });
});

describe('a folded adapter', () => {
  it('comes back from a module of three layers as LoRA of the three, with the same losses', async () => {
    const method = findMethod('lora');
    const adapter = noise(method, fused);
    const files = await exported(method, adapter);
    expect(files.config).toMatchObject({ r: 8, lora_alpha: 8, fan_in_fan_out: true });
    expect(files.tensors.get('base_model.model.transformer.h.0.attn.c_attn.lora_B.weight')!.shape).toEqual([48, 8]);
    expect(files.config.rank_pattern).toEqual({ 'transformer.h.0.mlp.c_fc': 4, 'transformer.h.1.mlp.c_fc': 4 });
    // Ours has one rank for all layers, so the narrower ones are filled up with zeros as peft would have trained them.
    const back = imported(evened(files));
    expect(back).toMatchObject({ method: 'lora', config: { rank: 8, alpha: 8 } });
    expectClose(await losses('lora', back.adapter), Array.from(await losses('lora', adapter)), 1e-5, 'losses');
  });

  it('has the rank that is said before it is made', async () => {
    for (const method of methods) {
      const options = { model: base.config, method, config: configOf(method), targets: fused };
      const { route } = planExport(options);
      if (route.kind !== 'folded') continue;
      const { config } = await exported(method, noise(method, fused));
      const { maxLoraRank } = servability(options);
      expect(maxLoraRank, method.name).toBeGreaterThanOrEqual(config.r as number);
      expect(maxLoraRank! / 2, method.name).toBeLessThan(Math.max(16, config.r as number));
    }
  });
});

/** Fills LoRA factors of smaller ranks up with zeros. */
function evened({ config, tensors }: PeftFiles): PeftFiles {
  const rank = config.r as number;
  const wider = [...tensors].map(([key, { shape, values }]): [string, HostTensor] => {
    const [rows, columns] = shape as [number, number];
    if (key.endsWith('lora_A.weight')) {
      const filled = new Float32Array(rank * columns);
      filled.set(values);
      return [key, { shape: [rank, columns], values: filled }];
    }
    const filled = new Float32Array(rows * rank);
    for (let row = 0; row < rows; row++) filled.set(values.subarray(row * columns, (row + 1) * columns), row * rank);
    return [key, { shape: [rows, rank], values: filled }];
  });
  return { config: { ...config, rank_pattern: {}, alpha_pattern: {} }, tensors: new Map(wider) };
}

describe('an adapter that cannot be read', () => {
  const changed = async (name: string, change: (files: PeftFiles) => void) => {
    const method = findMethod(name);
    const files = await exported(method, noise(method, alone));
    change(files);
    return () => imported(files);
  };
  const empty: HostTensor = { shape: [1, 1], values: new Float32Array(1) };
  const first = ({ tensors }: PeftFiles) => [...tensors.keys()][0]!;

  it.each<[string, string, (files: PeftFiles) => void, RegExp]>([
    ['of a type nobody has', 'lora', ({ config }) => (config.peft_type = 'XLORA'), /peft_type: XLORA .* one of .*LORA/],
    ['without a type', 'lora', ({ config }) => delete config.peft_type, /peft_type/],
    ['with trained biases', 'lora', ({ config }) => (config.bias = 'all'), /bias: "all" cannot be read/],
    [
      'without its scale',
      'lora',
      ({ config }) => delete config.lora_alpha,
      /lora_alpha: missing; expected 8: add it with the value that the adapter was trained with$/,
    ],
    ['with whole modules', 'vera', ({ config }) => (config.modules_to_save = ['lm_head']), /modules_to_save/],
    ['with ranks per module', 'lora', ({ config }) => (config.rank_pattern = { c_proj: 2 }), /says 2 .*rank_pattern/],
    ['on a residual base', 'lora', ({ config }) => (config.init_lora_weights = 'pissa'), /init_lora_weights: "pissa"/],
    ['with a feature unknown here', 'lora', ({ config }) => (config.use_new_thing = true), /use_new_thing: true/],
    [
      'whose layers of one role differ',
      'ia3',
      ({ config }) => (config.feedforward_modules = ['h.0.mlp.c_proj']),
      /feedforward_modules: \["h\.0\.mlp\.c_proj"\] cannot be read; expected \[.*h\.1\.mlp\.c_proj"\]/,
    ],
    [
      'whose modules are a regular expression',
      'ia3',
      ({ config }) => (config.feedforward_modules = '.*c_proj'),
      /feedforward_modules: "\.\*c_proj" cannot be read/,
    ],
    ['of no rank', 'lora', ({ config }) => (config.r = 0), /rank/],
    ['that lacks a tensor', 'dora', (files) => files.tensors.delete(first(files)), /lacks .*h\.0\.attn\.c_proj/],
    [
      'with a tensor too many',
      'ia3',
      ({ tensors }) => tensors.set('base_model.model.x', empty),
      /holds base_model\.model\.x/,
    ],
    ['of another width', 'lora', (files) => files.tensors.set(first(files), empty), /is \[1,1\].*expected \[16,4\]/],
    [
      'on some blocks alone',
      'lora',
      ({ tensors }) => {
        for (const key of [...tensors.keys()]) if (key.includes('h.1.')) tensors.delete(key);
      },
      /not on blocks\.1/,
    ],
    ['on nothing of the base', 'lora', ({ tensors }) => tensors.clear(), /No tensor belongs to a module/],
  ])('%s is refused with the reason', async (_, name, change, message) => {
    expect(await changed(name, change)).toThrow(message);
  });
});

it('says of a method without a peft form that it can be merged', async () => {
  const method = findMethod('bitfit');
  await expect(exported(method, noise(method, alone))).rejects.toThrow(/trains the base model itself.*'merged'/);
});

const prompts = methods.flatMap((method) => {
  const { sequence } = method;
  return sequence && !sequence.peft.tensors ? [{ name: method.name, method }] : [];
});

describe.each(prompts)('$name, which stands before the tokens,', ({ method }) => {
  it('leaves as one tensor with the settings of the model, and cannot be merged or served', async () => {
    const adapter = noise(method, alone);
    const { config, tensors } = await exported(method, adapter);
    const length = method.sequence!.length(configOf(method));
    expect(config).toMatchObject({
      peft_type: method.sequence!.peft.type,
      num_virtual_tokens: length,
      token_dim: 16,
      num_attention_heads: 2,
      num_layers: 2,
    });
    expect(config).not.toHaveProperty('target_modules');
    // Embeddings of the virtual tokens, or keys and values of both layers: a network that makes them stays behind.
    const columns = method.sequence!.prefix ? 2 * 2 * 16 : 16;
    expect([...tensors]).toEqual([['prompt_embeddings', expect.objectContaining({ shape: [length, columns] })]]);
    const merged = exportAdapter({ model: base, method, adapter, format: 'merged', baseName: 'tiny' });
    await expect(merged).rejects.toThrow(`${method.title} stands before the tokens and is in no weight`);
    const { servable, reasons } = servability({
      model: base.config,
      method,
      config: configOf(method),
      targets: alone,
    });
    expect(servable).toBe(false);
    expect(reasons).toContain(`vLLM serves LoRA, and this is ${method.sequence!.peft.type}`);
  });
});
