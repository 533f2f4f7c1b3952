/** @file MoS in a model: who owns which shards of the pools, and when layers cannot share. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { LoadedBase } from '../src/models/base.js';
import { presetConfig } from '../src/models/config.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { inject } from '../src/training/inject.js';
import { planTrial } from '../src/training/plan.js';
import { tinyBase } from './support/tiny-model.js';

const method = findMethod('mos');
const targets = ['query', 'down'].map((name) => (name === 'down' ? 'fc_out' : name));

describe('MoS', () => {
  let base: LoadedBase;
  beforeAll(async () => {
    await openEngine('wasm');
    base = tinyBase();
  });
  afterAll(() => base.dispose());

  /** Rows that every query layer selects of the pool of B, in model order. */
  const selections = (config: object) => {
    const trial = inject({ base, method, config: method.config.parse(config), targets, random: createRandom(5) });
    const rows = trial.layers
      .filter(({ shape }) => shape.role === 'query')
      .map(({ path }) => [...(trial.frozen().get(`${path}.mos_index_B`)!.dataSync() as Float32Array)]);
    const pool = trial.trained().get('shared.mos_B_query_16x16')!.shape;
    trial.dispose();
    return { rows, pool };
  };

  it('has one pool per position, as long as its layers ask for together', () => {
    const config = method.config.parse({ rank: 4, poolRatio: 0.75, privateRank: 1, chunks: 2 });
    const { adapters } = planTrial({ model: base.config, method, config, targets });
    const pools = adapters.filter(({ scope }) => scope === 'model').map(({ path, shape }) => [path, shape]);
    // Two layers × 3 ranks × 2 chunks; half of 16 and of 24.
    expect(pools).toEqual([
      ['shared.mos_A_query_16x16', [12, 8]],
      ['shared.mos_B_query_16x16', [12, 8]],
      ['shared.mos_A_down_24x16', [12, 12]],
      ['shared.mos_B_down_24x16', [12, 8]],
    ]);
  });

  it('lets every layer select different shards: shared ones first, then those of its own', () => {
    const { rows, pool } = selections({ rank: 4, poolRatio: 0.75, privateRank: 1, chunks: 2 });
    expect(pool).toEqual([12, 8]);
    rows.forEach((selected, layer) => {
      expect(new Set(selected).size).toBe(8);
      const [shared, own] = [selected.slice(0, 6), selected.slice(6)];
      // (3 − 1) shared ranks × 2 layers × 2 chunks, then 2 rows of each layer.
      for (const row of shared) expect(row).toBeLessThan(8);
      expect(own).toEqual([8 + 2 * layer, 9 + 2 * layer]);
    });
    const own = rows.flatMap((selected) => selected.filter((row) => row >= 8));
    expect(new Set(own).size, 'private shards used by one layer each').toBe(own.length);
  });

  it('is LoRA with factors of their own where every rank is private', () => {
    const { rows, pool } = selections({ rank: 3, poolRatio: 1, privateRank: 3, chunks: 1 });
    expect(rows).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(pool).toEqual([6, 16]);
  });

  it('says what does not fit', () => {
    const plan =
      (config: object, model = base.config) =>
      () =>
        planTrial({ model, method, config: method.config.parse(config), targets });
    expect(plan({ rank: 4, chunks: 3 })).toThrow(
      'config.chunks: 3 does not divide the 16 inputs; 1 does (mos on blocks.0.attention.query)',
    );
    expect(plan({ rank: 4, poolRatio: 0.5, privateRank: 3 })).toThrow(
      'config.privateRank: 3 is above 2, the ranks per layer in the pools at poolRatio 0.5',
    );
    expect(plan({ rank: 8, poolRatio: 0.25, privateRank: 1 })).toThrow(
      'config.rank: 8 takes 7 shared ranks, and the 2 layers of this position share 2; raise poolRatio or lower privateRank',
    );
    expect(
      plan({ rank: 8, poolRatio: 0.25, privateRank: 1 }, { ...presetConfig('nano', 13), layers: 8 }),
    ).not.toThrow();
  });
});
