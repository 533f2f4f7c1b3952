import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../src/io/safetensors.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { baseParameters, modelConfigSchema, presetConfig } from '../src/models/config.js';
import { loadBase, saveBase } from '../src/models/files.js';
import { createRandom } from '../src/tensor/random.js';

const config = modelConfigSchema.parse({
  architecture: 'gpt2',
  vocabularySize: 5,
  contextLength: 4,
  width: 4,
  layers: 1,
  heads: 2,
  mlpWidth: 6,
  normEpsilon: 1e-5,
});
const values = initialValues(config, createRandom(1));
const tokenizer = { version: '1.0', model: { type: 'BPE' } };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'base-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a base model’s folder', () => {
  it('reads back as it was written, with its provenance in the weights file', async () => {
    await saveBase(join(folder, 'deep', 'model'), { config, values, tokenizer }, { trainedOn: 'nothing' });
    const base = await loadBase(join(folder, 'deep', 'model'));
    expect(base.config).toEqual(config);
    expect(base.tokenizer).toEqual(tokenizer);
    for (const { path } of baseParameters(config)) {
      expect(base.host(path), path).toMatchObject(values.get(path)!);
    }
    const file = await readFile(join(folder, 'deep', 'model', 'model.safetensors'));
    expect(readSafetensors(file, 'weights').metadata).toEqual({ trainedOn: 'nothing' });
  });

  it.each([
    ['config.json', '{', /config\.json: not JSON/],
    ['config.json', JSON.stringify({ ...config, heads: 3 }), /config\.json: heads: width must be divisible/],
    ['config.json', JSON.stringify({ ...config, width: 8 }), /embedding\.tokens has shape \[5,4\].*\[5,8\]/],
    ['config.json', JSON.stringify({ ...config, layers: 2 }), /lacks the parameter blocks\.1\./],
    ['model.safetensors', 'short', /model\.safetensors: expected at least 8 bytes/],
    [
      'model.safetensors',
      writeSafetensors(new Map([...values, ['extra', { shape: [1], values: new Float32Array(1) }]])),
      /holds extra/,
    ],
  ])('with a wrong %s is refused', async (name, content, message) => {
    await saveBase(folder, { config, values, tokenizer });
    await writeFile(join(folder, name), content);
    await expect(loadBase(folder)).rejects.toThrow(message);
  });
});

describe('first values', () => {
  it('are those of GPT-2: gains 1, biases 0, normals of deviation 0.02, less into the residual stream', () => {
    const nano = presetConfig('nano', 1024);
    const first = initialValues(nano, createRandom(1));
    const deviation = (path: string) => {
      const { values } = first.get(path)!;
      return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    };
    expect(first.get('norm_final.gain')!.values.every((value) => value === 1)).toBe(true);
    expect(first.get('blocks.1.mlp.fc_in.bias')!.values.every((value) => value === 0)).toBe(true);
    // 65,536 and 16,384 draws: five standard errors are 1.4 % and 2.8 %.
    expect(deviation('embedding.tokens') / 0.02).toBeCloseTo(1, 1);
    // Two layers: 1/√4.
    expect(deviation('blocks.0.mlp.fc_out.kernel') / 0.01).toBeCloseTo(1, 1);
    expect(new LoadedBase({ config: nano, values: first, tokenizer: null }).config).toBe(nano);
  });
});
