/** @file Trainings that are held open: what their holder does with them, and drivers that decide it. */
import { describe, expect, it } from 'vitest';
import { findMethod, findOptimizer } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { type StraightOptions, straight } from '../src/training/drivers/straight.js';
import type { TrainEvent } from '../src/training/events.js';
import { openTraining } from '../src/training/open.js';
import type { TrainInput } from '../src/training/train-input.js';
import { train } from '../src/training/trainer.js';
import type { Training } from '../src/training/training.js';
import { decisions } from './support/decisions.js';
import { openedBase } from './support/opened-engine.js';
import { tinyData } from './support/tiny-model.js';

const on = openedBase();

const adamw = findOptimizer('adamw');
const input = (more: Partial<TrainInput> = {}): TrainInput => ({
  engine: on.engine,
  model: on.base,
  method: findMethod('lora'),
  config: { rank: 2 },
  optimizer: adamw.build(adamw.config.parse({})),
  data: tinyData,
  options: { clipNorm: null, steps: 4, batchSize: 4, learningRate: 1e-2, seed: 1, dropout: 0.1 },
  ...more,
});

async function open(more?: Partial<TrainInput>): Promise<Training> {
  const training = await openTraining(input(more));
  if (training.stopped) throw new Error('it was stopped before it was open');
  return training;
}

const tensorsOf = (adapter: Uint8Array) =>
  [...readAdapter(adapter).tensors].map(([path, { values }]) => [path, values]);

describe('an open training', () => {
  it('makes the steps of a training that runs by itself, to the bit', async () => {
    const losses = { whole: [] as number[], byHand: [] as number[] };
    const note = (to: number[]) => (event: TrainEvent) => {
      if (event.type === 'step') to.push(event.loss);
    };
    const whole = await train(input({ onEvent: note(losses.whole) }));
    const training = await open({ onEvent: note(losses.byHand) });
    while (training.stepsDone < 4) await training.step();
    expect(losses.byHand).toEqual(losses.whole);
    expect(await training.validate()).toEqual(whole.validation);
    expect(await training.adapter()).toEqual(whole.adapter);
    expect(training.peak()).toEqual(whole.peak);
    expect(training.trainableParameters).toBe(whole.trainableParameters);
    training.dispose();
    training.dispose();
  });

  it('goes on from the state that another left, to the bit', async () => {
    const first = await open();
    await first.step();
    await first.step();
    const state = await first.state();
    await first.step();
    const second = await open({ resume: state });
    expect(second.stepsDone).toBe(2);
    await second.step();
    expect(tensorsOf(await second.adapter())).toEqual(tensorsOf(await first.adapter()));
    first.dispose();
    second.dispose();
  });

  it('takes the tensors of an adapter in the place of its own', async () => {
    const training = await open();
    await training.step();
    const [adapter, metrics] = [await training.adapter(), await training.validate()];
    await training.step();
    await training.step();
    expect(await training.validate()).not.toEqual(metrics);
    training.load(adapter);
    expect(await training.validate()).toEqual(metrics);
    expect(training.stepsDone).toBe(3);
    const other = await train(input({ config: { rank: 4 } }));
    expect(() => training.load(other.adapter!)).toThrow('The adapter to start from has the configuration');
    training.dispose();
  });
});

describe('a driver', () => {
  const options: StraightOptions = { until: 4, evalEvery: 2, checkpointEvery: 2, validates: true };

  it.each<{ title: string; given?: Partial<StraightOptions>; from?: number; overAt?: number; expected: string[] }>([
    {
      title: 'validates before it keeps, and keeps nothing at the end',
      expected: ['step 1', 'step 2', 'validate 2', 'checkpoint 2', 'step 3', 'step 4', 'validate 4', 'completed'],
    },
    {
      title: 'does not repeat what was done at the step it goes on from',
      from: 2,
      expected: ['step 3', 'step 4', 'validate 4', 'completed'],
    },
    {
      title: 'validates once where there is no step left',
      from: 4,
      expected: ['validate 4', 'completed'],
    },
    {
      title: 'leaves the last validation to others',
      given: { evalEvery: undefined, checkpointEvery: undefined, validates: false },
      expected: ['step 1', 'step 2', 'step 3', 'step 4', 'completed'],
    },
    { title: 'ends over the budget', overAt: 1, expected: ['step 1', 'over-budget'] },
  ])('straight on: $title', ({ given, from, overAt, expected }) => {
    expect(decisions(straight({ ...options, ...given }), { from, overAt })).toEqual(expected);
  });
});
