import type { MetricSeries } from '@rankforge/contracts';

export const rankPrefix = 'rank/';

/** The rank of a layer over time: runs of equal rank, from a step up to and without the next run's. */
export interface LayerRanks {
  layer: string;
  runs: { from: number; to: number; rank: number }[];
}

const byModelOrder = new Intl.Collator('en', { numeric: true });

/**
 * Runs of every layer of `rank/<layer>` series. A recorded rank holds until the next one is recorded, and the last one
 * through `lastStep`.
 *
 * @example ranksByLayer([{ name: 'rank/a', steps: [1, 2, 5], values: [4, 4, 2], total: 3 }], 9)
 * // [{ layer: 'a', runs: [{ from: 1, to: 5, rank: 4 }, { from: 5, to: 10, rank: 2 }] }]
 */
export function ranksByLayer(series: readonly MetricSeries[], lastStep: number): LayerRanks[] {
  return series
    .filter(({ name, steps }) => name.startsWith(rankPrefix) && steps.length > 0)
    .map(({ name, steps, values }) => {
      const runs: LayerRanks['runs'] = [];
      steps.forEach((step, index) => {
        const rank = values[index]!;
        const before = runs.at(-1);
        if (before?.rank === rank) return;
        if (before) before.to = step;
        runs.push({ from: step, to: Math.max(step, lastStep) + 1, rank });
      });
      return { layer: name.slice(rankPrefix.length), runs };
    })
    .sort((a, b) => byModelOrder.compare(a.layer, b.layer));
}
