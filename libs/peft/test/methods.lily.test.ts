/** @file Lily in a model: which layers share which factors, and the files that hold a factor for each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { nativeTensors } from '../src/export/native.js';
import { importAdapter } from '../src/export/read.js';
import { planExport } from '../src/export/route.js';
import { exportAdapter } from '../src/export/write.js';
import type { HostTensor } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { encodeAdapter, readAdapter } from '../src/training/adapter.js';
import { inject } from '../src/training/inject.js';
import { planTrial } from '../src/training/plan.js';
import { tinyBase } from './support/tiny-model.js';

const method = findMethod('lily');
const llama = readModelConfig({
  ...{ model_type: 'llama', vocab_size: 11, hidden_size: 8, intermediate_size: 12 },
  ...{ num_hidden_layers: 3, num_attention_heads: 2 },
});
const config = method.config.parse({ rank: 2, stride: 2, experts: 3, scale: 0.5 });

let base: LoadedBase;
beforeAll(async () => {
  await openEngine('cpu');
  base = tinyBase();
});
afterAll(() => base.dispose());

it('has one second factor for the layers of a role, and a first one for as many as follow each other', () => {
  const { adapters } = planTrial({ model: llama, method, config, targets: ['query', 'down'] });
  const shared = adapters.filter(({ scope }) => scope === 'group').map(({ path, shape }) => [path, shape]);
  expect(shared).toEqual([
    ['shared.query_8x8.0.lily_A', [8, 2]],
    ['shared.query_8x8.lily_B', [6, 8]],
    ['shared.down_12x8.0.lily_A', [12, 2]],
    ['shared.down_12x8.lily_B', [6, 8]],
    ['shared.query_8x8.1.lily_A', [8, 2]],
    ['shared.down_12x8.1.lily_A', [12, 2]],
  ]);
  const users = (path: string) => adapters.find((adapter) => adapter.path === path)!.users;
  expect(users('shared.query_8x8.0.lily_A')).toEqual([0, 1].map((block) => `blocks.${block}.attention.query`));
  expect(users('shared.query_8x8.1.lily_A')).toEqual(['blocks.2.attention.query']);
});

it('begins with what the first layer of a group draws, which the others read', () => {
  const trial = inject({ base, method, config, targets: ['query'], random: createRandom(5) });
  const [first, second] = trial.layers.map(({ path }) => trial.layerTensors(path));
  expect(second!.lily_A).toBe(first!.lily_A);
  expect(second!.lily_B).toBe(first!.lily_B);
  expect(second!.lily_router!.dataSync()).not.toEqual(first!.lily_router!.dataSync());
  trial.dispose();
});

describe('its files', () => {
  const options = { model: llama, method, config, targets: ['query'] };
  const plan = planExport(options);
  const named = nativeTensors(method.peft as never, plan);
  const random = createRandom(2);
  const stored = new Map(
    plan.trial.adapters.map(({ path, shape }): [string, HostTensor] => [
      path,
      { shape, values: Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal()) },
    ]),
  );
  const settings = { peft_type: 'LILY', ...method.peft!.settings(config, []) };
  const files = () => new Map(named.map(({ path, key, write }) => [key, write(stored.get(path)!)]));
  const key = (layer: number, name: string) => `base_model.model.model.layers.${layer}.self_attn.q_proj.${name}.weight`;

  it('hold a shared factor for each of its layers, and are read back to the bit', () => {
    const tensors = files();
    expect([...tensors.keys()].toSorted()).toEqual(
      ['lily_A', 'lily_B', 'lily_router'].flatMap((name) => [0, 1, 2].map((layer) => key(layer, name))).toSorted(),
    );
    expect(tensors.get(key(1, 'lily_A'))).toEqual(tensors.get(key(0, 'lily_A')));
    expect(tensors.get(key(2, 'lily_A'))).not.toEqual(tensors.get(key(0, 'lily_A')));
    const back = importAdapter({ model: llama, config: settings, tensors });
    expect(back.config).toEqual(config);
    expect(readAdapter(back.adapter).tensors).toEqual(stored);
  });

  it('have to agree where layers of a group share them', () => {
    const tensors = files();
    const { shape, values } = tensors.get(key(1, 'lily_B'))!;
    tensors.set(key(1, 'lily_B'), { shape, values: values.map((value, at) => (at === 4 ? 7 : value)) as Float32Array });
    expect(() => importAdapter({ model: llama, config: settings, tensors })).toThrow(
      `${key(1, 'lily_B')} differs from ${key(0, 'lily_B')}, and as shared.query_8x8.lily_B of Lily they are one`,
    );
  });
});

it('neither merges nor leaves for a module that peft cannot put it on, and says why', async () => {
  const { trial } = planExport({ model: base.config, method, config, targets: ['output'] });
  const zeros = trial.adapters.map(({ path, shape }): [string, HostTensor] => [
    path,
    { shape, values: new Float32Array(shape[0]! * shape[1]!) },
  ]);
  const adapter = encodeAdapter(new Map(zeros), { method: method.name, config, targets: ['output'], seed: 1 });
  const written = (format: 'peft' | 'merged') =>
    exportAdapter({ model: base, method, adapter, format, baseName: 'tiny' });
  await expect(written('merged')).rejects.toThrow(
    "Lily: factors of its layers are weighed by what flows into them, which no kernel holds. Ask for the format 'native'.",
  );
  await expect(written('peft')).rejects.toThrow(
    "which no kernel holds. Python peft cannot put LILY on the Conv1D module transformer.h.0.attn.c_proj. Take it 'native'.",
  );
});
