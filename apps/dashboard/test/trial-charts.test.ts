import { expect, it } from 'vitest';
import { metricsOf } from '../src/features/trials/trial-charts.js';

const series = (name: string) => ({ name, steps: [1], values: [1], total: 1 });

it('draws each metric that some trial has once, in the order of the charts of one, and no ranks of layers', () => {
  expect(
    metricsOf([
      [series('validation/accuracy'), series('rank/block.0'), series('memory/peak')],
      [series('train/loss'), series('memory/peak'), series('validation/f1')],
      [],
    ]),
  ).toEqual(['train/loss', 'memory/peak', 'validation/accuracy', 'validation/f1']);
});
