import { Stack } from '@mantine/core';
import type { MetricSeries } from '@rankforge/contracts';
import { useMemo, useState } from 'react';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { seriesStyle } from '../../lib/palette.js';
import { metricLabel } from './metrics.js';
import { StepChart } from './step-chart.js';

interface MetricChartProps {
  series: MetricSeries[];
  /** Horizontal lines to compare with. */
  marks: readonly { name: string; value: number }[];
}

/** Series of one trial that are read together. */
export function MetricChart({ series, marks }: MetricChartProps) {
  const { scheme } = useChartLook();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(
    () => series.map(({ name, steps, values }) => ({ label: metricLabel(name), metric: name, steps, values })),
    [series],
  );
  return (
    <Stack gap={4}>
      {lines.length > 1 ? (
        <SeriesLegend
          entries={lines.map(({ label }, index) => ({ ...seriesStyle(index, scheme), name: label }))}
          hidden={hidden}
          onChange={setHidden}
        />
      ) : null}
      <StepChart title={lines.map(({ label }) => label).join(', ')} lines={lines} hidden={hidden} marks={marks} />
    </Stack>
  );
}
