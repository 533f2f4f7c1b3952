/** @file Liger's fused linear cross-entropy, held to the storages that its own code makes (oracle/memory/torch_fused_loss.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fusedLossOf } from '../src/memory/torch/fused-loss.js';
import { defaultTorchOptions } from '../src/memory/torch/options.js';
import { predictTorch } from '../src/memory/torch/predict.js';
import { readShapes } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';

interface Case {
  rows: number;
  width: number;
  vocabulary: number;
  dtype: 'bfloat16' | 'float32';
  autocast: boolean;
  most: number;
  kept: number;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('vectors/memory/torch_fused_loss.json', import.meta.url), 'utf8'),
);

describe('a fused loss', () => {
  it.each(cases)(
    'makes to the byte what Liger makes: $rows x $width, $vocabulary, $dtype, autocast $autocast',
    (each) => {
      const hidden = { rows: each.rows, width: each.width, each: each.dtype === 'float32' ? 4 : 2 };
      const { kept, made } = fusedLossOf(hidden, each.vocabulary, { ...defaultTorchOptions, ...each });
      expect({ most: kept + made, kept }).toEqual({ most: each.most, kept: each.kept });
    },
  );

  const llama = {
    ...{ model_type: 'llama', vocab_size: 32_000, hidden_size: 512, intermediate_size: 64, num_hidden_layers: 2 },
    ...{ num_attention_heads: 8, max_position_embeddings: 2048, tie_word_embeddings: false },
  };
  const predicted = (method: string, loss: 'whole' | 'fused') => {
    const config = findMethod(method).config.parse({});
    return predictTorch({
      ...{
        model: readShapes(llama),
        method: findMethod(method),
        config,
        targets: ['query'],
        batchSize: 4,
        sequence: 512,
      },
      optimizer: findOptimizer('adamw').build({}),
      options: { ...defaultTorchOptions, loss },
    });
  };

  it('leaves out logits, their logarithms and both gradients, so that the peak moves to a block', () => {
    const [whole, fused] = [predicted('lora', 'whole'), predicted('lora', 'fused')];
    expect([whole.moment, fused.moment]).toEqual(['loss', 'block']);
    const logits = 4 * 512 * 32_000;
    // Logarithms of float32 were saved; so are no more.
    expect(whole.memory.activations - fused.memory.activations).toBe(4 * logits);
    // Logits in bfloat16 and two gradients in float32, less what a block makes.
    const less = whole.memory.total - fused.memory.total;
    expect([less > 13 * logits, less < 14 * logits]).toEqual([true, true]);
  });

  it('refuses a table that is trained', () => {
    expect(() => predicted('full-ft', 'fused')).toThrow(
      'a fused loss is predicted over a frozen table of tokens alone',
    );
  });
});
