/** @file What transformers and peft hold of models that are known by their shapes alone, held to such models. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { estimateOf } from '../src/memory/estimate-answer.js';
import { estimateRequest } from '../src/memory/estimate-request.js';
import { countTrainable } from '../src/memory/predict.js';
import { traceTorch } from '../src/memory/torch/graph.js';
import { defaultTorchOptions, type TorchAttention, type TorchDtype } from '../src/memory/torch/options.js';
import { predictTorch, saveForHead, tableOf } from '../src/memory/torch/predict.js';
import { architectureOf, baseParameters } from '../src/models/config.js';
import { readModelConfig, readShapes } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import type { BaseDtype } from '../src/tensor/base-dtypes.js';
import { sizeOf } from '../src/tensor/shape.js';
import type { Checkpointing } from '../src/training/checkpointing.js';
import { planTrial } from '../src/training/plan.js';

interface Case {
  model: string;
  method: string;
  dtype: TorchDtype;
  attention: TorchAttention;
  padded: boolean;
  checkpointing?: Checkpointing;
  /** By the names of peft. Default: queries and values. */
  targets?: string[];
  batch: number;
  sequence: number;
}

interface SavedCase extends Case {
  parameters: number;
  trained: number;
  /** Bytes of all that autograd saves. */
  bytes: number;
}

interface PeakCase extends Case {
  peak: number;
}

const { configs, saved, peaks } = JSON.parse(
  readFileSync(new URL('vectors/memory/torch_shapes.json', import.meta.url), 'utf8'),
) as { configs: Record<string, object>; saved: SavedCase[]; peaks: PeakCase[] };

const said = ({ model, method, dtype, attention, padded, checkpointing = 'none', targets = [] }: Case) =>
  [
    model,
    method,
    dtype,
    attention,
    padded ? 'padded' : 'not padded',
    `checkpointing ${checkpointing}`,
    ...targets,
  ].join(' ');

const named = <C extends Case>(cases: readonly C[]) => cases.map((each) => [said(each), each] as const);

function trialOf({ model: name, method: methodName, batch, sequence, targets = ['query', 'value'] }: Case) {
  const model = readShapes(configs[name]!);
  const method = findMethod(methodName);
  const asked = { targets, optimizer: 'adamw', engine: 'wasm', batch, torch: {} } as const;
  return {
    model,
    method,
    config: method.config.parse(method.usesRank ? { rank: 4 } : {}),
    targets: estimateRequest(model, asked).targets,
    batchSize: batch,
    sequence,
  };
}

describe('a model that is known by its shapes', () => {
  const mixtral = configs.mixtral!;
  const asked = { targets: ['query'], optimizer: 'adamw', engine: 'wasm', batch: 1, sequence: 24 } as const;

  it('makes all that would run it, and an engine’s bytes, refuse it', () => {
    expect(() => readModelConfig(mixtral)).toThrow(
      'model_type: "mixtral" is known by its shapes alone: rankforge estimate --profile torch says what it takes, and nothing here trains it',
    );
    const own = readShapes(mixtral);
    expect(() => readModelConfig(own)).toThrow('architecture: Invalid discriminator value');
    expect(() => estimateOf(own, asked)).toThrow(
      'llama-moe is known by its shapes alone, and no engine here trains it: the profile torch says what transformers and peft hold',
    );
  });

  it('says in its answer that it is not trained here, and that experts stay unquantized', () => {
    const answer = (dtype: BaseDtype) =>
      estimateOf(readShapes(mixtral), { ...asked, dtype, torch: {}, methods: ['lora'] });
    const { notes, rows } = answer('bfloat16');
    expect(notes).toEqual(['llama-moe is known by its shapes alone, and no engine here trains it.']);
    const experts = 3 * 4 * 3 * 64 * 160;
    const held = answer('nf4');
    expect(held.notes[1]).toMatch(/^Experts are not quantized:/);
    expect(held.rows[0]!.memory.weights).toBeGreaterThan(4 * experts);
    expect(rows[0]!.memory.weights).toBe(2 * 419_520);
  });

  it('has adapters of LoRA alone on experts, at the names by which peft knows them', () => {
    const of = (methods: string[], targets: string[]) =>
      estimateOf(readShapes(mixtral), { ...asked, targets, methods, torch: {} });
    expect(of(['lora'], ['w1', 'w2', 'w3']).targets).toEqual(['experts_gate_up', 'experts_down']);
    expect(of(['lora'], ['all-linear']).rows).toHaveLength(1);
    expect(of(['dora'], ['all-linear']).refused[0]!.reason).toBe(
      'targets: peft puts dora on no parameter like blocks.0.mlp.experts_gate_up: leave out experts_gate_up',
    );
    const phi3 = { ...asked, targets: ['qkv'], methods: ['prefix-tuning'], torch: {} };
    expect(estimateOf(readShapes(configs.phi3), phi3).refused[0]!.reason).toBe(
      'prefix-tuning puts rows before keys, and phi3 has no layer of keys alone',
    );
  });
});

describe('bytes that autograd saves of a model that is known by its shapes', () => {
  it.each(named(saved))('are predicted to the byte, and parameters are counted: %s', (_, each) => {
    const { dtype, attention, padded, checkpointing = 'none', batch, sequence } = each;
    const trial = trialOf(each);
    const { model } = trial;
    const options = { ...defaultTorchOptions, dtype, attention, padded, checkpointing, device: 'cpu' as const };
    const plan = planTrial(trial);
    const { saved, hidden, cache } = traceTorch({ ...trial, plan, dropout: 0, options });
    const table = architectureOf(model).vocabularyTable!(model);
    saveForHead(hidden, 100, tableOf(plan, table), options, saved);
    const { heads, keyHeads } = model as { heads: number; keyHeads: number };
    // Keys and values that are not repeated are saved as the cache has them.
    const repeats = keyHeads < heads && (attention === 'eager' || padded);
    const logarithms = 4 * batch * sequence * 100;
    // On the CPU masks of dropped numbers are in the type of what is dropped; on CUDA they have a byte for each number.
    const dropped = (model.dropout?.hidden ?? 0) > 0 && checkpointing === 'none' ? 6 * batch * sequence * 64 : 0;
    const adamw = findOptimizer('adamw');
    const optimizer = adamw.build(adamw.config.parse({}));
    expect({
      parameters: baseParameters(model).reduce((total, { shape }) => total + sizeOf(shape), 0),
      trained: countTrainable({ ...trial, optimizer }),
      saved: saved.bytes + (repeats ? 0 : cache) + logarithms + 4 + dropped * ((dtype === 'float32' ? 4 : 2) - 1),
    }).toEqual({ parameters: each.parameters, trained: each.trained, saved: each.bytes });
  });
});

describe('the peak of a pass of a model that is known by its shapes', () => {
  it.each(named(peaks))('is predicted within a twentieth: %s', (_, each) => {
    const { dtype, attention, padded, checkpointing = 'none', peak } = each;
    const adamw = findOptimizer('adamw');
    const { memory } = predictTorch({
      ...trialOf(each),
      optimizer: adamw.build(adamw.config.parse({})),
      options: { ...defaultTorchOptions, dtype, attention, padded, checkpointing, device: 'cpu', update: 'fused' },
    });
    const share = (memory.gradients + memory.activations + memory.workspace) / peak;
    expect(Math.abs(share - 1), `share ${share}`).toBeLessThan(0.05);
  });
});
