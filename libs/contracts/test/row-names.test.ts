import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type LeaderboardRow, rowNames } from '../src/index.js';

describe('rowNames', () => {
  const lora = (learningRate: number, config: object) =>
    partOf<LeaderboardRow>({
      method: 'lora',
      optimizer: 'adamw',
      rank: 8,
      keeps: null,
      steps: 60,
      learningRate,
      config,
    });

  it('tells rows of one name apart by the configuration in which they differ', () => {
    const rows = [
      lora(1e-3, { alpha: 8, beta1: 0.9 }),
      lora(1e-3, { alpha: 16, beta1: 0.9, init: 'zeros' }),
      lora(3e-4, { alpha: 8, beta1: 0.9 }),
    ];
    expect(rowNames(rows, 'configuration')).toEqual([
      'lora r8 lr 1e-3 alpha 8',
      'lora r8 lr 1e-3 alpha 16 init zeros',
      'lora r8 lr 3e-4',
    ]);
    expect(rowNames(rows.slice(0, 1), 'method')).toEqual(['lora r8']);
  });

  it('tells them apart by the settings of training where their configurations are alike', () => {
    const rows = [['query'], ['query', 'value']].map((targets) => ({
      ...lora(1e-3, { alpha: 8 }),
      settings: { targets, batchSize: 8 },
    }));
    expect(rowNames(rows, 'configuration')).toEqual([
      'lora r8 lr 1e-3 targets ["query"]',
      'lora r8 lr 1e-3 targets ["query","value"]',
    ]);
  });

  it('tells what nobody trained from an adapter that was trained elsewhere', () => {
    const base = { ...lora(1e-3, {}), steps: 0 };
    expect(rowNames([base, { ...base, adapter: 'mine' }], 'method')).toEqual([
      'lora r8 untrained',
      'lora + from mine r8 not trained here',
    ]);
  });

  it('tells a setting of the training from a field of the configuration that has its name', () => {
    const rows = [100, 200].map((steps) => ({ ...lora(1e-3, { steps: 5 }), settings: { steps } }));
    expect(rowNames(rows, 'configuration')).toEqual([
      'lora r8 lr 1e-3 settings.steps 100',
      'lora r8 lr 1e-3 settings.steps 200',
    ]);
  });

  it('reads each configuration a few times, however many rows have the same name', () => {
    let reads = 0;
    const alpha = (value: number) => ({
      toJSON() {
        reads += 1;
        return value;
      },
    });
    const names = rowNames(
      Array.from({ length: 500 }, (_, index) => lora(1e-3, { alpha: alpha(index) })),
      'configuration',
    );
    expect([names[0], names[499]]).toEqual(['lora r8 lr 1e-3 alpha 0', 'lora r8 lr 1e-3 alpha 499']);
    expect(reads).toBeLessThan(5 * 500);
  });
});
