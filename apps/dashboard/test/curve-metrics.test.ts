import type { TaskView } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { curveMetrics } from '../src/features/trials/metrics.js';

const task = { metrics: [{ name: 'accuracy' }, { name: 'macro-f1' }] } as Pick<TaskView, 'metrics'>;

it('offers every metric of the task on validation, and what the address asks for, each once', () => {
  const offered = curveMetrics(task, ['validation/accuracy', 'validation/ndcg@10']);
  expect(offered.filter((name) => name.startsWith('validation/'))).toEqual([
    'validation/loss',
    'validation/accuracy',
    'validation/macro-f1',
    'validation/ndcg@10',
  ]);
  expect(offered).toContain('train/loss');
});
