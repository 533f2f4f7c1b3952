import { expect, it } from 'vitest';
import {
  Contender,
  contenderFields,
  contenderKey,
  contenderName,
  contenderOf,
  contenderPaths,
  LeaderboardRow,
  nameBesideOptimizer,
  namedParts,
  PreviewRow,
  partsOf,
  StandingsRow,
  SweepCurves,
  TrialView,
} from '../src/index.js';

const spec = { task: 't', method: 'dora', methodConfig: { rank: 4 }, optimizer: 'sgd', rank: 4 };

it('reads the named parts of a trial, where the paths of statements lead too', () => {
  expect(contenderOf(spec)).toEqual({ method: 'dora', optimizer: 'sgd' });
  expect(contenderPaths).toEqual({
    method: ['method'],
    optimizer: ['optimizer'],
    strategy: ['strategy'],
    recipe: ['recipe'],
    generator: ['generator', 'name'],
    adapter: ['adapter'],
    competingEngine: ['competingEngine'],
    checkpointing: ['training', 'checkpointing'],
    baseDtype: ['training', 'baseDtype'],
    doubleQuantization: ['training', 'doubleQuantization'],
    computeDtype: ['training', 'computeDtype'],
    attention: ['training', 'attention'],
    devices: ['training', 'devices'],
    apartBlocks: ['training', 'apartBlocks'],
  });
  expect(contenderOf({ ...spec, strategy: 'svd' })).toEqual({ method: 'dora', optimizer: 'sgd', strategy: 'svd' });
  expect(contenderOf({ ...spec, generator: { name: 'small', kind: 'base' } })).toMatchObject({ generator: 'small' });
});

it('takes the parts from a row that has more, and leaves out those that are absent', () => {
  expect(partsOf({ ...spec })).toEqual({ method: 'dora', optimizer: 'sgd' });
  expect(contenderOf({ method: 'dora' })).toEqual({ method: 'dora' });
});

it('tells contenders apart by each part, and names one to people by what is not usual', () => {
  expect(contenderKey(spec)).toBe('dora/sgd');
  expect(contenderName(spec)).toBe('dora + sgd');
  expect(contenderName({ method: 'dora', optimizer: 'adamw' })).toBe('dora');
  expect(namedParts(spec)).toEqual(['dora', 'sgd']);
  expect(nameBesideOptimizer({ ...spec, baseDtype: 'nf4' })).toBe('dora + nf4 base');
  expect(contenderName({ method: 'dora', optimizer: 'adamw', strategy: 'fedavg' })).toBe('dora + fedavg');
  expect(contenderName({ method: 'dora', optimizer: 'adamw', recipe: 'lambda' })).toBe('dora + lambda');
  const again = contenderOf({ ...spec, training: { steps: 5, checkpointing: 'block' } });
  expect([contenderKey(again), contenderName(again)]).toEqual([
    'dora/sgd/checkpointing=block',
    'dora + sgd + checkpointing',
  ]);
  const packed = contenderOf({ method: 'lora', optimizer: 'adamw', training: { baseDtype: 'nf4' } });
  expect([contenderKey(packed), contenderName(packed)]).toEqual(['lora/adamw/baseDtype=nf4', 'lora + nf4 base']);
  const single = contenderOf({ method: 'lora', training: { baseDtype: 'nf4', doubleQuantization: 'off' } });
  expect([contenderKey(single), contenderName(single)]).toEqual([
    'lora/baseDtype=nf4/doubleQuantization=off',
    'lora + nf4 base + scales in float32',
  ]);
  const [held, multiplied] = [{ baseDtype: 'bfloat16' }, { computeDtype: 'bfloat16' }].map((training) =>
    contenderOf({ method: 'lora', optimizer: 'adamw', training }),
  );
  expect(contenderKey(held!)).not.toBe(contenderKey(multiplied!));
  expect([held, multiplied].map((row) => contenderName(row!))).toEqual([
    'lora + bfloat16 base',
    'lora + products in bfloat16',
  ]);
  const imported = ['r8-seed0', 'svd'].map((adapter) => contenderOf({ method: 'lora', optimizer: 'adamw', adapter }));
  expect(imported.map((row) => [contenderKey(row), contenderName(row)])).toEqual([
    ['lora/adamw/adapter=r8-seed0', 'lora + from r8-seed0'],
    ['lora/adamw/adapter=svd', 'lora + from svd'],
  ]);
  const chunked = contenderOf({ method: 'lora', training: { attention: 'chunked' } });
  expect([contenderKey(chunked), contenderName(chunked)]).toEqual([
    'lora/attention=chunked',
    'lora + chunked attention',
  ]);
  const named = [1, 4].map((apartBlocks) => contenderOf({ method: 'lora', training: { apartBlocks } }));
  expect(named.map((row) => [row.apartBlocks, contenderKey(row), contenderName(row)])).toEqual([
    [1, 'lora/apartBlocks=1', 'lora + 1 block apart'],
    [4, 'lora/apartBlocks=4', 'lora + 4 blocks apart'],
  ]);
});

it.each([
  ['a board', LeaderboardRow],
  ['standings', StandingsRow],
  ['a preview', PreviewRow],
  ['a paper claim', Contender],
  ['a trial', TrialView],
  ['a curve', SweepCurves.shape.curves.element],
])('gives a row of %s a field for each part', (_, row) => {
  expect(row.shape).toMatchObject(contenderFields);
});
