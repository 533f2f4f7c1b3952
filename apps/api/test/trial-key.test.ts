import { createHash } from 'node:crypto';
import { TrainingOptions, type TrialSpec } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { configurationKey, contentHash, scoreKey, trainKey } from '../src/planning/trial-key.js';

const spec: TrialSpec = {
  task: 'moby-dick',
  base: 'tiny',
  engine: 'wasm',
  method: 'lora',
  methodConfig: { rank: 2, alpha: 8 },
  optimizer: 'adamw',
  optimizerConfig: { beta1: 0.9 },
  rank: 2,
  learningRate: 0.01,
  seed: 0,
  training: TrainingOptions.parse({ steps: 10, batchSize: 4, sequenceLength: 32 }),
};
const sources = { dataHash: 'd', baseSha256: 'b', libraryVersion: '1.0.0' };

describe('a content key', () => {
  it('is the sha256 of canonical JSON (RFC 8785): keys sorted, numbers shortest', () => {
    const canonical = '{"a":[1,0.000001,1e+21],"b":{"z":"\\u001f","é":null}}';
    expect(contentHash({ b: { é: null, z: '\u001f' }, a: [1.0, 1e-6, 1e21] })).toBe(
      createHash('sha256').update(canonical).digest('hex'),
    );
  });

  it('does not depend on the order of keys', () => {
    const reordered = Object.fromEntries(Object.entries(spec).reverse()) as TrialSpec;
    expect(trainKey(reordered, sources)).toBe(trainKey(spec, sources));
  });

  it('stays the same where engines compete, while a configuration changes', () => {
    const competing: TrialSpec = { ...spec, competingEngine: 'wasm' };
    expect(trainKey(competing, sources)).toBe(trainKey(spec, sources));
    expect(configurationKey(competing)).not.toBe(configurationKey(spec));
  });

  it('stays the same whatever an adapter is called, while a configuration changes', () => {
    const from = 'a'.repeat(64);
    const named = [{}, { adapter: 'mine' }, { adapter: 'other' }].map((name) => ({ ...spec, from, ...name }));
    expect(new Set(named.map((each) => trainKey(each, sources))).size).toBe(1);
    expect(new Set(named.map(configurationKey)).size).toBe(3);
    expect(trainKey(named[0]!, sources)).not.toBe(trainKey(spec, sources));
  });

  it('changes with everything that determines the numbers', () => {
    const variants = [
      trainKey(spec, sources),
      trainKey({ ...spec, seed: 1 }, sources),
      trainKey({ ...spec, engine: 'cpu' }, sources),
      trainKey({ ...spec, learningRate: 0.02 }, sources),
      trainKey({ ...spec, methodConfig: { rank: 2, alpha: 16 } }, sources),
      trainKey({ ...spec, optimizerConfig: { beta1: 0.8 } }, sources),
      trainKey({ ...spec, training: { ...spec.training, steps: 11 } }, sources),
      trainKey({ ...spec, on: [{ adapter: 'a' }] }, sources),
      trainKey({ ...spec, numbers: { method: 2 } }, sources),
      trainKey({ ...spec, numbers: { optimizer: 2 } }, sources),
      // The numbers of whole kernels and of factors differ in the last bits.
      trainKey({ ...spec, on: [{ adapter: 'a', factors: true }] }, sources),
      trainKey(spec, { ...sources, dataHash: 'e' }),
      trainKey(spec, { ...sources, baseSha256: 'c' }),
      trainKey(spec, { ...sources, libraryVersion: '1.0.1' }),
      trainKey(spec, { ...sources, sweepId: 's' }),
      scoreKey(trainKey(spec, sources), spec),
    ];
    expect(new Set(variants).size).toBe(variants.length);
  });

  it('is shared by all ranks that one training serves, while each rank is scored apart', () => {
    const at = (rank: number): TrialSpec => ({ ...spec, methodConfig: { rank: 8 }, rank, trainedRank: 8 });
    const key = trainKey(at(2), sources);
    expect(trainKey(at(4), sources)).toBe(key);
    expect(trainKey({ ...at(2), trainedRank: 4 }, sources)).not.toBe(key);
    expect(scoreKey(key, at(2))).not.toBe(scoreKey(key, at(4)));
    expect(configurationKey(at(2))).not.toBe(configurationKey(at(4)));
  });

  it('leaves only the seed out for a configuration', () => {
    expect(configurationKey({ ...spec, seed: 7 })).toBe(configurationKey(spec));
    expect(configurationKey({ ...spec, rank: 4 })).not.toBe(configurationKey(spec));
  });
});
