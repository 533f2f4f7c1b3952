/** @file What a training in transformers and peft holds on CUDA, held to what torch's autograd saves. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { traceTorch } from '../src/memory/torch/graph.js';
import { defaultTorchOptions, type TorchAttention, type TorchDtype } from '../src/memory/torch/options.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod } from '../src/registry.js';
import { planTrial } from '../src/training/plan.js';

interface Case {
  model: 'llama' | 'gpt2';
  method: string;
  dtype: TorchDtype;
  attention: TorchAttention;
  padded: boolean;
  batch: number;
  sequence: number;
  /** Of all that autograd saves. */
  bytes: number;
  logits: number;
}

const vector = JSON.parse(readFileSync(new URL('vectors/memory/torch_saved.json', import.meta.url), 'utf8')) as {
  configs: Record<Case['model'], object>;
  cases: Case[];
};

describe('what autograd saves in a forward pass of transformers', () => {
  it.each(vector.cases)('is predicted to the byte: $model, $method, $dtype, $attention, padded $padded', (each) => {
    const model = readModelConfig(vector.configs[each.model]);
    const method = findMethod(each.method);
    const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
    const { batch: batchSize, sequence, dtype, attention, padded } = each;
    const options = { ...defaultTorchOptions, dtype, attention, padded };
    const trial = { model, method, config, targets: ['query', 'value'], batchSize, sequence };
    const plan = planTrial(trial);
    const { saved, hidden, cache } = traceTorch({ ...trial, plan, dropout: 0, options });
    // The head is the token table, and reads the last states where it is trained.
    if (each.method === 'full-ft') saved.value(hidden);
    const { heads, keyHeads } = model as { heads: number; keyHeads?: number };
    // Keys and values that are not repeated are saved as the cache has them.
    const repeats = keyHeads !== undefined && keyHeads < heads && (attention === 'eager' || padded);
    const logarithms = 4 * batchSize * sequence * 100;
    // Means and deviations of layer norms are in the type of the model on the CPU, where the vector was made.
    const onCpu = each.model === 'gpt2' && dtype === 'bfloat16' ? (2 * 3 + 1) * 2 * 2 * batchSize * sequence : 0;
    // The loss is divided by the number of tokens, which is saved, a number.
    const own = saved.bytes + (repeats ? 0 : cache) + logarithms + 4 - onCpu;
    expect({ saved: own, logits: options.dtype === 'float32' ? logarithms : logarithms / 2 }).toEqual({
      saved: each.bytes,
      logits: each.logits,
    });
  });
});
