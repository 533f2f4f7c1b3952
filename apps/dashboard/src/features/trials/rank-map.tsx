import { VisuallyHidden } from '@mantine/core';
import type { MetricSeries } from '@rankforge/contracts';
import { useMemo } from 'react';
import { ShadeMap } from '../../components/chart/shade-map.js';
import { ranksByLayer } from './ranks.js';

const named = (rank: number) => `rank ${rank}`;

/** Layers by steps, coloured by the layer's rank at the step. */
export function RankMap({ series, lastStep }: { series: readonly MetricSeries[]; lastStep: number }) {
  const layers = useMemo(() => ranksByLayer(series, lastStep), [series, lastStep]);
  const rows = useMemo(
    () =>
      layers.map(({ layer, runs }) => ({
        name: layer,
        cells: runs.map(({ from, to, rank }) => {
          const steps = to - from === 1 ? `Step ${from}` : `Steps ${from} to ${to - 1}`;
          return { from, to, value: rank, said: [{ name: steps, value: named(rank) }] };
        }),
      })),
    [layers],
  );
  const most = Math.max(1, ...layers.flatMap(({ runs }) => runs.map(({ rank }) => rank)));
  return (
    <>
      <ShadeMap rows={rows} axis="Step" most={most} named={named} label={`Rank of ${layers.length} layers by step`} />
      <VisuallyHidden>
        <table>
          <caption>Rank by layer</caption>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">First</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {layers.map(({ layer, runs }) => (
              <tr key={layer}>
                <th scope="row">{layer}</th>
                <td>{runs[0]!.rank}</td>
                <td>{runs.at(-1)!.rank}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
