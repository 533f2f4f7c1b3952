/** @file In which formats an adapter can be had, and whether vLLM serves it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { exportFormats, possibleFormats } from '../src/export/formats.js';
import { servability } from '../src/export/servable.js';
import { exportAdapter } from '../src/export/write.js';
import type { LoadedBase } from '../src/models/base.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { alone, configOf, noise } from './support/noise.js';
import { tinyBase, tinyConfig } from './support/tiny-model.js';

let base: LoadedBase;
beforeAll(async () => {
  await openEngine('cpu');
  base = tinyBase();
});
afterAll(() => base.dispose());

describe('possibleFormats', () => {
  const formatsOf = (name: string, targets = alone) => {
    const adapter = noise(findMethod(name), targets);
    return possibleFormats({ model: tinyConfig, method: findMethod(name), info: readAdapter(adapter).info });
  };

  it('offers Python peft first where it has the adapter, and only what holds it elsewhere', () => {
    expect(formatsOf('lora')).toEqual(['peft', 'merged']);
    expect(formatsOf('full-ft')).toEqual(['merged']);
    expect(formatsOf('bitfit')).toEqual(['merged']);
    expect(formatsOf('prompt-tuning')).toEqual(['peft']);
    // GPT-2 has no place for the tensors that peft reads of LLaMA-Adapter, and no weight holds them.
    expect(formatsOf('adaption-prompt')).toEqual([]);
  });

  it('names none for an adapter that is one of two encoders', () => {
    const method = findMethod('lora');
    const { info } = readAdapter(noise(method, alone));
    expect(possibleFormats({ model: tinyConfig, method, info: { ...info, fixed: { feedback: 0 } } })).toEqual([]);
  });

  it('agrees with what is written', async () => {
    for (const name of ['lora', 'bitfit', 'prompt-tuning', 'dora']) {
      const adapter = noise(findMethod(name), alone);
      for (const format of exportFormats) {
        const written = await exportAdapter({
          model: base,
          method: findMethod(name),
          adapter,
          format,
          baseName: 'tiny',
        }).then(
          () => true,
          () => false,
        );
        expect(written, `${name} as ${format}`).toBe(formatsOf(name).includes(format));
      }
    }
  });
});

it('says why vLLM does not serve an adapter', () => {
  const of = (name: string, more: object = {}) => {
    const method = findMethod(name);
    const options = { model: tinyConfig, method, config: configOf(method), targets: alone, ...more };
    return servability(options).reasons.join(' | ');
  };
  expect(of('lora')).toMatch(/class/);
  expect(of('dora')).toMatch(/DoRA/);
  expect(of('ia3')).toMatch(/this is IA3/);
  expect(of('bitfit')).toMatch(/merge it/);
  expect(of('lora', { classes: 2 })).toMatch(/head/);
  expect(of('lora', { config: { rank: 600, alpha: 8 } })).toMatch(/rank 600 is above 512/);
});

it('says with which rank vLLM serves what leaves as LoRA of a Llama', () => {
  const model = readModelConfig({
    model_type: 'llama',
    vocab_size: 32,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
  });
  const of = (name: string, config: object, more: object = {}) => {
    const method = findMethod(name);
    return servability({ model, method, config: method.config.parse(config), targets: ['query', 'up'], ...more });
  };
  expect(of('lora', { rank: 8 })).toEqual({ servable: true, reasons: [], maxLoraRank: 8 });
  expect(of('rslora', { rank: 12 })).toEqual({ servable: true, reasons: [], maxLoraRank: 16 });
  // Twice its rank, on the original base.
  expect(of('pissa', { rank: 8 })).toEqual({ servable: true, reasons: [], maxLoraRank: 16 });
  expect(of('dora', { rank: 8 })).toMatchObject({ servable: false, reasons: ['vLLM does not serve DoRA'] });
  expect(of('bd-lora', { rank: 8 })).toMatchObject({
    servable: false,
    reasons: [expect.stringMatching(/block-diagonal/)],
  });
  expect(of('loha', { rank: 8 })).toMatchObject({ servable: false, reasons: [expect.stringMatching(/this is LOHA/)] });
  // Ranks of its own on each layer: one scale where alpha follows the rank, several where it does not.
  const ranks = {
    'blocks.0.attention.query': 4,
    'blocks.0.mlp.up': 12,
    'blocks.1.attention.query': 0,
    'blocks.1.mlp.up': 8,
  };
  expect(of('eva', { rank: 8 }, { ranks })).toEqual({ servable: true, reasons: [], maxLoraRank: 16 });
  // (16·5/12)/5 and (16·8/12)/8 differ in floats.
  const uneven = { ...ranks, 'blocks.0.attention.query': 5 };
  const one = { servable: true, reasons: [], maxLoraRank: 16 };
  expect(of('eva', { rank: 12, alpha: 16 }, { ranks: uneven })).toEqual(one);
});
