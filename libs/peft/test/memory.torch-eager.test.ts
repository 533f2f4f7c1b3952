/** @file What a forward and a backward pass hold in torch with eager attention, held to all storages of such a pass. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultTorchOptions } from '../src/memory/torch/options.js';
import { predictTorch } from '../src/memory/torch/predict.js';
import { layerNames } from '../src/models/config.js';
import { readShapes } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import type { Checkpointing } from '../src/training/checkpointing.js';

interface Case {
  model: string;
  method: string;
  dtype: 'float32' | 'bfloat16';
  checkpointing: Checkpointing;
  padded: boolean;
  batch: number;
  sequence: number;
  attention: 'eager';
  peak: number;
}

const { configs, cases } = JSON.parse(
  readFileSync(new URL('vectors/memory/torch_eager.json', import.meta.url), 'utf8'),
) as { configs: Record<string, { model_type: string }>; cases: Case[] };

const said = ({ model, method, dtype, checkpointing, padded }: Case) =>
  [model, method, dtype, `checkpointing ${checkpointing}`, padded ? 'padded' : 'not padded'].join(', ');

/** Shares that a prediction is off by at most: docs/estimates.md says what is left. */
const within: Readonly<Record<string, number>> = { llama: 0.02, qwen2: 0.02, bert: 0.04, gpt2: 0.02 };

describe('a pass with eager attention', () => {
  it.each(cases.map((each) => [said(each), each] as const))(
    'allocates what is predicted, within the share of its family: %s',
    (_, each) => {
      const { model: name, method: methodName, batch, sequence, peak, ...options } = each;
      const model = readShapes(configs[name]!);
      const method = findMethod(methodName);
      const adamw = findOptimizer('adamw');
      const { memory } = predictTorch({
        model,
        method,
        config: method.config.parse(method.usesRank ? { rank: 8 } : {}),
        targets: methodName === 'full-ft' ? layerNames(model) : ['query', 'value'],
        optimizer: adamw.build(adamw.config.parse({})),
        batchSize: batch,
        sequence,
        ...(configs[name]!.model_type === 'bert' ? { classes: 2 } : {}),
        options: { ...defaultTorchOptions, ...options, device: 'cpu', update: 'fused' },
      });
      const share = (memory.gradients + memory.activations + memory.workspace) / peak;
      expect(Math.abs(share - 1)).toBeLessThan(within[configs[name]!.model_type]!);
    },
  );
});
