import { describe, expect, it } from 'vitest';
import { deviceOf, hostDevice } from '../src/device/discover.js';
import { parseNvidiaSmi } from '../src/device/nvidia-smi.js';

const GIB = 2 ** 30;

describe('nvidia-smi', () => {
  it('reads a table as the tool prints it', () => {
    const printed = '0, NVIDIA H100 80GB HBM3, 81559\n1, NVIDIA GeForce RTX 4090, 24564\n';
    expect(parseNvidiaSmi(printed)).toEqual([
      { index: 0, name: 'NVIDIA H100 80GB HBM3', totalBytes: 85_520_809_984 },
      { index: 1, name: 'NVIDIA GeForce RTX 4090', totalBytes: 25_757_220_864 },
    ]);
  });

  it('reads a name with a comma, and an empty table', () => {
    expect(parseNvidiaSmi('3, Quadro RTX 6000, Passive, 24576\r\n')).toEqual([
      { index: 3, name: 'Quadro RTX 6000, Passive', totalBytes: 24 * GIB },
    ]);
    expect(parseNvidiaSmi('\n')).toEqual([]);
  });

  it('names the line it cannot read', () => {
    expect(() => parseNvidiaSmi('0, NVIDIA A100, [N/A]')).toThrow('nvidia-smi printed "0, NVIDIA A100, [N/A]"');
  });
});

describe('the host', () => {
  it.each([
    ['a control group', 2 * GIB, 2 * GIB],
    ['no limit', undefined, 8 * GIB],
    ['a limit of 0', 0, 8 * GIB],
    ['a limit beyond the machine', 2 ** 63, 8 * GIB],
  ])('with %s', (_, limit, totalBytes) => {
    expect(hostDevice({ physical: 8 * GIB, limit })).toMatchObject({
      id: 'host',
      kind: 'host',
      totalBytes,
      capacityBytes: Math.floor(totalBytes * 0.8),
    });
  });
});

describe('engines', () => {
  const host = hostDevice({ physical: GIB, limit: undefined });
  const gpu = { ...host, id: 'cuda:0', kind: 'cuda' as const };

  it('compute on the best device they can use', () => {
    expect(deviceOf('wasm', [host, gpu]).id).toBe('host');
    expect(deviceOf('tensorflow', [host, gpu]).id).toBe('cuda:0');
    expect(deviceOf('tensorflow', [host]).id).toBe('host');
  });

  it('are refused where no device serves them', () => {
    expect(() => deviceOf('wasm', [gpu])).toThrow('engine wasm computes on host; found cuda:0');
  });
});
