/** @file Greedy decoding against `generate` of transformers (test/oracle/generation/greedy.py). */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { openEngine } from '../src/engine/engine.js';
import { tiedLogits } from '../src/engine/logits.js';
import { hiddenStates, logitCap, vocabularyTable } from '../src/models/forward.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { type DecodeInput, decodeGreedily } from '../src/training/decode.js';
import { inject } from '../src/training/inject.js';
import { untouched } from '../src/training/untouched.js';
import { baseOf, type ModelCase } from './support/model-vectors.js';

interface DecodingCase extends Pick<ModelCase, 'name' | 'config' | 'tensors'> {
  prompts: number[][];
  end: number;
  most: number;
  written: number[][];
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/generation/greedy.json', import.meta.url), 'utf8')) as {
  cases: DecodingCase[];
};

describe.each(['wasm', ...addedEngines] as const)('on %s', (backend) => {
  beforeAll(() => openEngine(backend, engineOptions));

  it.for(cases)('writes what transformers writes: $name', async ({ prompts, end, most, written, ...model }) => {
    const before = tf.memory().numTensors;
    const base = baseOf(model);
    const trial = inject({ base, method: untouched, config: {}, targets: ['query'], random: createRandom(0) });
    const input = { config: base.config, access: trial.access(), ends: [end], most };
    expect(await decodeGreedily({ ...input, prompts }), 'prompts of six lengths at once').toEqual(written);
    for (const [index, prompt] of prompts.entries()) {
      expect(await decodeGreedily({ ...input, prompts: [prompt] }), `prompt ${index} alone`).toEqual([written[index]]);
    }
    // Any of several ends is one: the rest is as transformers writes it.
    const [further] = written.flatMap((tokens) => tokens.slice(1, 2));
    const upTo = (tokens: number[]) => tokens.slice(0, [...tokens, further!].indexOf(further!));
    expect(await decodeGreedily({ ...input, ends: [end, further!], prompts })).toEqual(written.map(upTo));
    trial.dispose();
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(before);
  });
});

describe.each(['prompt-tuning', 'prefix-tuning'])('%s', (name) => {
  it('writes with what it puts before the tokens as whole passes do', async () => {
    await openEngine('wasm');
    const method = findMethod(name);
    const config = method.config.parse({});
    for (const model of cases) {
      const base = baseOf(model);
      const trial = inject({ base, method, config, targets: ['query'], random: createRandom(4) });
      const input = { config: base.config, access: trial.access(), prompts: model.prompts, ends: [-1], most: 6 };
      const written = await decodeGreedily(input);
      expect(written, model.name).toEqual(model.prompts.map((prompt) => byWholePasses(input, prompt)));
      expect(written, `${model.name}, without`).not.toEqual(model.written.map((tokens) => tokens.slice(0, 6)));
      trial.dispose();
      base.dispose();
    }
  });
});

/** The likeliest tokens by a pass over all tokens so far for each. */
function byWholePasses({ config, access, most }: Omit<DecodeInput, 'prompts'>, prompt: readonly number[]): number[] {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + most) {
    const [size, sequence] = [1, tokens.length];
    const batch = { size, sequence, inputs: Int32Array.from(tokens), lengths: Int32Array.of(sequence) };
    const likeliest = tf.tidy(() => {
      const table = vocabularyTable(config, access);
      const last = Int32Array.of(sequence - 1);
      return tf.argMax(tiedLogits(hiddenStates(config, batch, access), table, last, logitCap(config)), 1);
    });
    tokens.push(likeliest.dataSync()[0]!);
    likeliest.dispose();
  }
  return tokens.slice(prompt.length);
}
