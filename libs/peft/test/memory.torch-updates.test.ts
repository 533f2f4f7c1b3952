/** @file What updates of torch hold, held to the packages of their authors, at the end of the backward pass and layer by layer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { estimateRequest } from '../src/memory/estimate-request.js';
import { defaultTorchOptions } from '../src/memory/torch/options.js';
import { predictTorch } from '../src/memory/torch/predict.js';
import { layerNames } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import type { Checkpointing } from '../src/training/checkpointing.js';

interface Case {
  model: string;
  method: string;
  optimizer: string;
  dtype: 'float32' | 'bfloat16';
  perLayer: boolean;
  checkpointing: Checkpointing;
  /** Steps after which a subspace is found anew; 1: in the step that was measured. */
  gap: number;
  state: number;
  peak: number;
}

const { configs, batch, sequence, rank, cases } = JSON.parse(
  readFileSync(new URL('vectors/memory/torch_updates.json', import.meta.url), 'utf8'),
) as { configs: Record<string, object>; batch: number; sequence: number; rank: number; cases: Case[] };

const said = ({ state: _, peak: __, ...set }: Case) =>
  Object.entries(set)
    .map(([name, value]) => (typeof value === 'string' ? value : `${name} ${value}`))
    .join(' ');

const predicted = ({
  model: name,
  method: methodName,
  optimizer: optimizerName,
  dtype,
  perLayer,
  checkpointing,
  gap,
}: Case) => {
  const model = readModelConfig(configs[name]!);
  const method = findMethod(methodName);
  const optimizer = findOptimizer(optimizerName);
  const part = optimizer.build(optimizer.config.parse(optimizer.usesRank ? { rank } : {}));
  const { heldInTorch: held } = part;
  const between = held && { ...part, heldInTorch: { ...held, refresh: () => 0 } };
  return predictTorch({
    model,
    method,
    config: method.config.parse(method.usesRank ? { rank } : {}),
    targets: methodName === 'full-ft' ? layerNames(model) : ['query', 'value'],
    optimizer: gap === 1 ? part : (between ?? part),
    batchSize: batch,
    sequence,
    options: {
      ...defaultTorchOptions,
      dtype,
      checkpointing,
      device: 'cpu',
      update: perLayer ? 'per-layer' : 'foreach',
    },
  });
};

describe('what an update of torch holds', () => {
  it.each(cases.map((each) => [said(each), each] as const))('keeps the state of the package: %s', (_, each) => {
    expect(predicted(each).memory.optimizer).toBe(each.state);
  });

  it.each(cases.map((each) => [said(each), each] as const))('allocates as much at the peak: %s', (_, each) => {
    const { memory } = predicted(each);
    const share = (memory.gradients + memory.activations + memory.workspace) / each.peak;
    expect(share).toBeGreaterThan(0.965);
    expect(share).toBeLessThan(1.035);
  });
});

describe('an estimate of updates layer by layer', () => {
  const model = readModelConfig(configs.block!);
  const asked = {
    targets: ['query'],
    optimizer: 'galore',
    engine: 'wasm',
    batch: 1,
    torch: { update: 'per-layer' },
  } as const;

  it('refuses forward passes that are added up, and several cards', () => {
    expect(() => estimateRequest(model, { ...asked, accumulate: 4 })).toThrow(
      'gradients that are applied layer by layer are not added up: leave out accumulate (4), or choose another update',
    );
    expect(() => estimateRequest(model, { ...asked, torch: { update: 'per-layer', gpus: 2 } })).toThrow(
      'gradients that are applied layer by layer are those of one card, got 2: choose another update',
    );
    expect(estimateRequest(model, asked).torch).toHaveProperty('update', 'per-layer');
  });
});
