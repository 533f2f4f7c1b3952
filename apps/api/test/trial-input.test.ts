import type { TrainingOptions } from '@rankforge/contracts';
import { findMethod, findOptimizer, presetConfig } from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';
import { describe, expect, it } from 'vitest';
import { spec } from '../../../test/support/trials.js';
import { type Forecast, forecast } from '../src/catalog/forecast.js';
import { plannedOf, stepWork } from '../src/catalog/step-work.js';

const model = presetConfig('nano', 1024);
const task = findTask('moby-dick')!;
const config = (name: 'lora') => findMethod(name).config.parse({ rank: 4 }) as Record<string, unknown>;

describe('a trial that is on a board', () => {
  it.each<[string, Partial<TrainingOptions>]>([
    ['as a whole', {}],
    ['per layer', { execution: 'perLayer', clipNorm: null }],
    ['without a step', { steps: 0 }],
    ['with blocks that run again', { checkpointing: 'block' }],
  ])('has the amounts that were predicted of it before it ran, %s', (_, more) => {
    const training = { ...spec.training, ...more };
    const methodConfig = config('lora');
    const optimizerConfig = findOptimizer('sgd').config.parse({}) as Record<string, unknown>;
    const made = forecast({
      ...{ engine: spec.engine, model, task, training },
      ...{ method: findMethod('lora'), methodConfig, optimizer: findOptimizer('sgd'), optimizerConfig },
    }) as Forecast;
    const trial = { ...spec, methodConfig, optimizer: 'sgd', optimizerConfig, training };
    expect(plannedOf(trial, model, task)).toEqual(made.planned());
    if (training.steps > 0) expect(stepWork(trial, model, task)).toEqual(made.planned().work);
  });
});
