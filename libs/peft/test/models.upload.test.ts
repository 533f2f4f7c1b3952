/** @file Weights that go from a file to the device in pieces: each value where it belongs, and nothing left of what fails. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { openEngine } from '../src/engine/engine.js';
import { upload } from '../src/engine/upload.js';
import { writeSafetensors } from '../src/io/safetensors.js';
import type { LoadedBase } from '../src/models/base.js';
import { baseParameters, type ModelConfig } from '../src/models/config.js';
import { loadBase } from '../src/models/files.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { storedTensors } from '../src/models/tensors.js';
import { tf } from '../src/tensor/tf.js';

// Kernels of 409,600 values, which no whole number of pieces of 2¹⁸ makes; in GPT-2 three in one tensor of 307,200.
const files = {
  gpt2: { model_type: 'gpt2', n_embd: 320, n_layer: 1, n_head: 4, n_positions: 16, vocab_size: 1000 },
  bert: {
    model_type: 'bert',
    hidden_size: 320,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    intermediate_size: 1280,
    max_position_embeddings: 16,
    vocab_size: 1000,
  },
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Values that differ wherever one could be taken for another, as float32 holds them exactly. */
function valuesOf(config: ModelConfig) {
  let next = 0;
  return new Map(
    baseParameters(config).map(({ path, shape }) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      return [path, { shape, values: Float32Array.from({ length: size }, () => next++) }] as const;
    }),
  );
}

async function write(json: object): Promise<{ base: LoadedBase; values: ReturnType<typeof valuesOf> }> {
  const config = readModelConfig(json);
  const values = valuesOf(config);
  await writeFile(join(folder, 'config.json'), JSON.stringify(json));
  await writeFile(join(folder, 'tokenizer.json'), '{}');
  const stored = storedTensors(config, (path) => values.get(path)!);
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(stored));
  return { base: await loadBase(folder), values };
}

describe.each(['wasm', 'cpu', ...addedEngines] as const)('weights on %s', (backend) => {
  beforeEach(async () => {
    await openEngine(backend, engineOptions);
  });

  it.each(Object.entries(files))('holds the tensors of %s as the file has them', async (_, json) => {
    const { base, values } = await write(json);
    for (const [path, { shape, values: expected }] of values) {
      const tensor = base.acquire(path);
      expect(tensor.shape, path).toEqual(shape);
      expect(Buffer.from(tensor.dataSync().slice().buffer).equals(Buffer.from(expected.buffer)), path).toBe(true);
      expect(Buffer.from(base.host(path).values.buffer).equals(Buffer.from(expected.buffer)), path).toBe(true);
      base.release(path);
    }
    base.dispose();
  });

  it('are not there where the file cannot be read', async () => {
    const { base } = await write(files.bert);
    await writeFile(join(folder, 'model.safetensors'), 'another file');
    const before = tf.memory();
    expect(() => base.acquire('embedding.tokens')).toThrow('the file changed after it was opened');
    expect(() => base.acquire('blocks.0.mlp.fc_in.kernel')).toThrow('the file changed after it was opened');
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });
});

// 33 MiB: glibc gives an array of that size pages of its own, whatever was freed before.
it.each(addedEngines)('computes on %s with a table where it was written, and not with a copy', async (name) => {
  const { capabilities } = await openEngine(name, engineOptions);
  let written: Float32Array | undefined;
  const fill = (target: Float32Array) => {
    written = target.fill(1);
  };
  const table = upload({ shape: [4224, 2048], values: new Float32Array(0), fill });
  const first = () => tf.tidy(() => tf.slice(table, [0, 0], [1, 1]).dataSync()[0]);
  expect(first()).toBe(1);
  written![0] = 5;
  // A card has memory of its own.
  expect(first()).toBe(capabilities.accelerator ? 1 : 5);
  table.dispose();
});
