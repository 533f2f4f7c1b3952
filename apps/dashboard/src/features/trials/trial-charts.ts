/** @file Which series of trials are drawn, and in which order. */
import type { MetricSeries } from '@rankforge/contracts';
import { rankPrefix } from './ranks.js';

/** Series that are read together stand in one chart. */
export const charts: { title: string; names: string[] }[] = [
  { title: 'Loss', names: ['train/loss', 'validation/loss'] },
  { title: 'Memory', names: ['memory/live', 'memory/peak'] },
  { title: 'Bytes of a round', names: ['federation/bytes-up', 'federation/bytes-down'] },
  { title: 'Learning rate', names: ['train/learning-rate'] },
  { title: 'Gradient norm', names: ['train/gradient-norm'] },
  { title: 'Tokens per second', names: ['train/tokens-per-second'] },
  { title: 'Largest query', names: norms('query', ['', '-base', '-update']) },
  { title: 'Largest key', names: norms('key', ['', '-base', '-update']) },
  {
    title: 'Largest query and key over √ln(length)',
    names: [...norms('query', ['-ratio']), ...norms('key', ['-ratio'])],
  },
];

/** Metrics in the order of their charts. */
export const chartedMetrics: readonly string[] = charts.flatMap(({ names }) => names);

/** Maximum and mean over the layers, with and without what the adapter adds, and of that alone. */
function norms(role: string, parts: readonly string[]): string[] {
  return parts.flatMap((part) => [`norm/${role}${part}.max`, `norm/${role}${part}.mean`]);
}

/**
 * Metrics that some of several trials have, in the order of the charts of one; ranks of layers are maps and no lines.
 *
 * @param lists the series of each trial
 * @example metricsOf([[validation], [loss]]) // ['train/loss', 'validation/perplexity']
 */
export function metricsOf(lists: readonly (readonly MetricSeries[])[]): string[] {
  const names = [...new Set(lists.flatMap((list) => list.map(({ name }) => name)))];
  const known = chartedMetrics.filter((name) => names.includes(name));
  return [...known, ...names.filter((name) => !known.includes(name) && !name.startsWith(rankPrefix))];
}
