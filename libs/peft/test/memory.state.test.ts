/** @file What a trial holds from step to step: numbers counted by test/oracle/memory/optimizer_states.py from shapes alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { predictState, type StateParts } from '../src/memory/state.js';
import { layerNames } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';

interface Case {
  model: object;
  name: string;
  rank: number;
  /** In numbers; of an adapter's indices apart. */
  held: Record<string, StateParts & { indices?: number }>;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('vectors/memory/optimizer_states.json', import.meta.url), 'utf8'),
);

describe.each(cases)('LLaMA-$name at rank $rank', ({ model: json, rank, held }) => {
  const model = readModelConfig(json);
  const predicted = (way: string, bytes: object) => {
    const [methodName, optimizerName] = way.split(' ') as [string, string];
    const method = findMethod(methodName);
    const optimizer = findOptimizer(optimizerName);
    return predictState({
      model,
      method,
      config: method.config.parse(method.usesRank ? { rank } : {}),
      targets: layerNames(model),
      optimizer: optimizer.build(optimizer.config.parse(optimizer.usesRank ? { rank } : {})),
      baseBytes: 1,
      adapterBytes: 1,
      indexBytes: 0,
      ...bytes,
    });
  };

  it.each(Object.entries(held))('%s holds as many numbers', (way, { indices: _, ...expected }) => {
    expect(predicted(way, {})).toEqual(expected);
  });

  it('counts an index in bytes of its own, whatever a float takes: 4 here, 8 in torch', () => {
    const { adapters, indices } = held['sltrain adamw']!;
    const bfloat16 = { baseBytes: 2, adapterBytes: 2 };
    expect(predicted('sltrain adamw', { ...bfloat16, indexBytes: 8 }).adapters).toBe(2 * adapters + 8 * indices!);
    expect(predicted('sltrain adamw', { ...bfloat16, indexBytes: undefined }).adapters).toBe(
      2 * adapters + 4 * indices!,
    );
  });

  it('counts bytes by what a number is kept for', () => {
    const lora = held['lora-pretrain adamw']!;
    expect(predicted('lora-pretrain adamw', { baseBytes: 2, adapterBytes: 2 })).toEqual(scaled(lora, 2, 2));
    expect(predicted('lora-pretrain adamw', { baseBytes: 2, adapterBytes: 2, optimizerBytes: 1 })).toEqual(
      scaled(lora, 2, 1),
    );
  });
});

const scaled = ({ optimizer, ...rest }: StateParts, bytes: number, optimizerBytes: number) => ({
  ...Object.fromEntries(Object.entries(rest).map(([part, count]) => [part, bytes * count])),
  optimizer: optimizerBytes * optimizer,
});
