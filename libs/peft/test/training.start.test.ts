/** @file A training that goes on from an adapter. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import type { StepEvent } from '../src/training/events.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

const base = tinyBase();
const adamw = findOptimizer('adamw');
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('cpu');
});
afterAll(() => base.dispose());

async function run(name: string, more: Partial<TrainInput> = {}, options: object = {}) {
  const losses: number[] = [];
  const result = await train({
    engine,
    model: base,
    method: findMethod(name),
    config: { rank: 2 },
    optimizer: adamw.build(adamw.config.parse({})),
    data: tinyData,
    options: {
      clipNorm: null,
      steps: 6,
      batchSize: 4,
      learningRate: 0.01,
      targets: ['query', 'fc_in'],
      seed: 3,
      ...options,
    },
    onEvent: (event) => {
      if (event.type === 'step') losses.push((event as StepEvent).loss);
    },
    ...more,
  });
  return { ...result, losses };
}

// LoRA-GA keeps a residual of the base that follows from a calibration; those of LoLDU and of PiSSA with iterations are drawn.
it.each([
  { name: 'lora' },
  { name: 'pissa' },
  { name: 'pissa', own: { iterations: 2 } },
  { name: 'loldu', own: { start: 'normal' } },
  { name: 'loldu', own: { start: 'uniform' } },
  { name: 'vera' },
  { name: 'lora-ga' },
])('of $name $own with no step evaluates it on another seed, and gives it back to the bit', async ({ name, own }) => {
  const config = { rank: 2, ...own };
  const trained = await run(name, { config });
  const evaluated = await run(name, { config, start: trained.adapter! }, { steps: 0, seed: 9 });
  expect(evaluated.steps).toBe(0);
  expect(evaluated.validation).toEqual(trained.validation);
  expect(readAdapter(evaluated.adapter!).tensors).toEqual(readAdapter(trained.adapter!).tensors);
  const input = { model: base, method: findMethod(name), data: tinyData, split: 'test' as const };
  const [one, other] = [trained, evaluated].map(({ adapter }) => evaluate({ ...input, adapter: adapter! }));
  expect((await other)!.columns).toEqual((await one)!.columns);
});

it('goes on from an adapter that went on from one of another seed', async () => {
  const config = { rank: 2, start: 'uniform' };
  const first = await run('loldu', { config });
  const second = await run('loldu', { config, start: first.adapter! }, { seed: 9 });
  const third = await run('loldu', { config, start: second.adapter! }, { steps: 0, seed: 5 });
  expect(third.validation).toEqual(second.validation);
});

it('goes on where it was: the first loss is lower than from the base', async () => {
  const trained = await run('lora', {}, { steps: 30, schedule: 'constant' });
  const [fresh, further] = [await run('lora'), await run('lora', { start: trained.adapter! })];
  expect(further.losses[0]).toBeLessThan(0.9 * fresh.losses[0]!);
  expect(further.validation!.loss).toBeLessThan(fresh.validation!.loss!);
});

it('resumes from a checkpoint under the same start alone', async () => {
  const start = (await run('lora')).adapter!;
  const checkpoints: Uint8Array[] = [];
  const whole = await run(
    'lora',
    { start, onEvent: (event) => void (event.type === 'checkpoint' && checkpoints.push(event.bytes)) },
    { checkpointEvery: 3 },
  );
  const rest = await run('lora', { start, resume: checkpoints[0]! }, { checkpointEvery: 3 });
  expect(rest.adapter).toEqual(whole.adapter);
  await expect(run('lora', { resume: checkpoints[0]! }, { checkpointEvery: 3 })).rejects.toThrow(/another trial/);
});

it('is refused for an adapter of something else', async () => {
  const start = (await run('lora')).adapter!;
  await expect(run('rslora', { start })).rejects.toThrow(/method lora, not rslora/);
  await expect(run('lora', { start, config: { rank: 3 } })).rejects.toThrow(/configuration .*"rank":2.*"rank":3/);
  await expect(run('lora', { start }, { targets: ['value'] })).rejects.toThrow(/targets query, fc_in, not value/);
});
