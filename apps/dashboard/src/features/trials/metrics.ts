import type { MetricView, TaskView } from '@rankforge/contracts';
import { byteUnit, formatBytes, formatCount, formatLearningRate, formatMetric } from '../../lib/format.js';

const labels: Record<string, string> = {
  'train/loss': 'Training loss',
  'train/gradient-norm': 'Gradient norm',
  'train/learning-rate': 'Learning rate',
  'train/tokens-per-second': 'Tokens per second',
  'memory/live': 'Live memory',
  'memory/peak': 'Peak memory',
  'federation/clients': 'Clients of a round',
  'federation/bytes-up': 'Sent by clients',
  'federation/bytes-down': 'Sent to clients',
  'federation/aggregation-error': 'Aggregation error',
  'federation/epsilon': 'ε of the rounds so far',
  'norm/query.max': 'Largest of all layers',
  'norm/query.mean': 'Mean of the layers',
  'norm/query-base.max': 'Largest without the update',
  'norm/query-base.mean': 'Mean without the update',
  'norm/query-update.max': 'Largest update',
  'norm/query-update.mean': 'Mean update',
  'norm/key.max': 'Largest of all layers',
  'norm/key.mean': 'Mean of the layers',
  'norm/key-base.max': 'Largest without the update',
  'norm/key-base.mean': 'Mean without the update',
  'norm/key-update.max': 'Largest update',
  'norm/key-update.mean': 'Mean update',
  'norm/query-ratio.max': 'Query, largest of all layers',
  'norm/query-ratio.mean': 'Query, mean of the layers',
  'norm/key-ratio.max': 'Key, largest of all layers',
  'norm/key-ratio.mean': 'Key, mean of the layers',
};

/** @example metricLabel('validation/macro-f1') // 'Validation macro-f1' */
export function metricLabel(name: string): string {
  if (labels[name]) return labels[name];
  const [group = '', rest = ''] = name.split('/', 2);
  return `${group.charAt(0).toUpperCase()}${group.slice(1)} ${rest}`;
}

const isOfBytes = (name: string) => name.startsWith('memory/') || name.startsWith('federation/bytes-');

/** How a value of a metric is written: bytes for memory and messages, powers of ten for learning rates. */
export function metricFormat(name: string): (value: number) => string {
  if (isOfBytes(name)) return formatBytes;
  if (name === 'train/learning-rate') return formatLearningRateShort;
  if (name === 'train/tokens-per-second') return formatCount;
  return formatMetric;
}

function formatLearningRateShort(value: number): string {
  return value === 0 ? '0' : formatLearningRate(Number(value.toPrecision(3)));
}

/** The divisor of a metric's values on an axis, and the unit then; bytes get round ticks in MiB or GiB. */
export function axisUnit(name: string, largest: number): { divisor: number; unit: string } {
  if (!isOfBytes(name)) return { divisor: 1, unit: '' };
  const { name: unit, bytes } = byteUnit(largest);
  return { divisor: bytes, unit };
}

const trainingMetrics = [
  'train/loss',
  'train/gradient-norm',
  'train/learning-rate',
  'train/tokens-per-second',
  'memory/live',
  'memory/peak',
];

/**
 * Series that curves are drawn of: those of training, and of validation the loss and all metrics of the task. `others` are there too,
 * whatever the task has.
 */
export function curveMetrics(task: Pick<TaskView, 'metrics'> | undefined, others: readonly string[]): string[] {
  const ofTask = task?.metrics.map(({ name }) => `validation/${name}`) ?? [];
  return [...new Set([...trainingMetrics, 'validation/loss', ...ofTask, ...others])];
}

const unbounded: MetricView['range'] = [null, null];

/** The task's metric that a series has on validation. */
function validated(name: string, task: TaskView | undefined): MetricView | undefined {
  const own = name.startsWith('validation/') ? name.slice('validation/'.length) : undefined;
  return task?.metrics.find((metric) => metric.name === own);
}

/** Values that a series can have: those of the task's metric that is validated; others are not known to be bounded. */
export const metricRange = (name: string, task: TaskView | undefined): MetricView['range'] =>
  validated(name, task)?.range ?? unbounded;

/** Losses, norms and bytes are better where they are less. */
export const directionOf = (name: string, task: TaskView | undefined): MetricView['direction'] =>
  validated(name, task)?.direction ?? 'minimize';
