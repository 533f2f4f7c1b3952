import { engineNames, engineRecord, offeredEngines } from '@rankforge/contracts';
import { engineNames as known } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';

describe('the records of engines', () => {
  it('name the engines that the library has', () => {
    expect([...engineNames]).toEqual([...known]);
  });

  it('give the order in which people are offered them, and the one that is proposed', () => {
    const live = (...engines: typeof engineNames) => [{ state: 'live' as const, engines }];
    expect(offeredEngines([]).engines.map(({ name }) => name)).toEqual([
      'tensorflow',
      'wasm',
      'webgpu',
      'torch',
      'cpu',
    ]);
    expect(offeredEngines([]).proposed).toBe('wasm');
    expect(offeredEngines(live('wasm', 'tensorflow')).proposed).toBe('tensorflow');
    expect(offeredEngines(live('wasm', 'webgpu')).proposed).toBe('wasm');
  });

  it('say for each a kind of device that every worker has', () => {
    for (const name of engineNames) expect(engineRecord(name).devices, name).toContain('host');
  });
});
