/** @file What a trial refuses before a tensor is made. */
import { describe, expect, it } from 'vitest';
import type { Method } from '../src/method.js';
import { presetConfig } from '../src/models/config.js';
import { findMethod } from '../src/registry.js';
import { planTrial } from '../src/training/plan.js';

const model = presetConfig('nano', 512);
const plan = (method: Method, config: object, targets: string[]) =>
  planTrial({ model, method, config: method.config.parse(config), targets });

describe('a plan refuses', () => {
  it('a target that no layer has', () => {
    expect(() => plan(findMethod('lora'), {}, ['query', 'quarry'])).toThrow('targets: quarry given, expected some of');
    expect(() => plan(findMethod('lora'), {}, [])).toThrow('targets: none given, expected some of query, key');
  });

  it('a rank above the bound of a layer, and names the layer', () => {
    expect(() => plan(findMethod('pissa'), { rank: 65 }, ['value'])).toThrow(
      'config.rank: 65 is above 64, the largest rank of pissa on blocks.0.attention.value',
    );
    expect(plan(findMethod('pissa'), { rank: 64 }, ['value']).layers).toHaveLength(2);
  });

  it('a layer that the method cannot be put on, with the reason', () => {
    const picky: Method = {
      ...findMethod('lora'),
      unfit: ({ out }, config) =>
        out > 64 ? `rank: ${(config as { rank: number }).rank} needs 64 outputs or fewer, got ${out}` : undefined,
    };
    expect(plan(picky, { rank: 4 }, ['query']).layers).toHaveLength(2);
    expect(() => plan(picky, { rank: 4 }, ['query', 'fc_in'])).toThrow(
      'config.rank: 4 needs 64 outputs or fewer, got 256 (lora on blocks.0.mlp.fc_in)',
    );
  });
});

describe('a plan that was made before for the same configuration', () => {
  const lora = findMethod('lora');
  const config = lora.config.parse({ rank: 4 }) as object;
  const asked = { model, method: lora, config, targets: ['query'] };

  it('serves the same trial, and no other', () => {
    const first = planTrial(asked);
    expect(planTrial({ ...asked })).toBe(first);
    const others = [
      { ...asked, model: presetConfig('nano', 513) },
      { ...asked, method: findMethod('dora') },
      { ...asked, targets: ['query', 'value'] },
      { ...asked, classes: 3 },
      { ...asked, ranks: { 'blocks.0.attention.query': 2, 'blocks.1.attention.query': 2 }, method: findMethod('eva') },
      { ...asked, baseDtype: 'nf4' as const },
    ];
    for (const other of others) {
      planTrial(asked);
      expect(planTrial(other)).toStrictEqual(planTrial({ ...other, config: { ...config } }));
      expect(planTrial(other)).not.toStrictEqual(first);
    }
  });
});
