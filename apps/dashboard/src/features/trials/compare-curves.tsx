/** @file Curves of several trials, a chart for each metric with a line for each trial. */
import { Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { comparedNames, type MetricSeries, type TrialDetail } from '@rankforge/contracts';
import { IconChartLine } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { Empty, Failure, Loading } from '../../components/feedback.js';
import { trialMetricsQuery } from '../../lib/api/trials.js';
import { seriesStyle } from '../../lib/palette.js';
import { metricLabel } from './metrics.js';
import { StepChart } from './step-chart.js';
import { metricsOf } from './trial-charts.js';

export function CompareCurves({ trials }: { trials: readonly TrialDetail[] }) {
  const { scheme } = useChartLook();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  // A trial that took the result of another has its curves there.
  const queries = useQueries({ queries: trials.map(({ id, leaderId }) => trialMetricsQuery(leaderId ?? id)) });
  const failed = queries.find(({ error, data }) => error && data === undefined);
  if (failed?.error) return <Failure error={failed.error} onRetry={() => void failed.refetch()} />;
  if (queries.some(({ data }) => data === undefined)) return <Loading label="curves" />;
  const lists = queries.map(({ data }) => data as MetricSeries[]);
  const metrics = metricsOf(lists);
  if (metrics.length === 0) {
    return (
      <Paper>
        <Empty icon={IconChartLine} title="No points">
          Points appear with the first steps of a trial.
        </Empty>
      </Paper>
    );
  }
  const names = comparedNames(trials);
  return (
    <Stack gap="sm">
      <SeriesLegend
        entries={names.map((name, index) => ({ ...seriesStyle(index, scheme), name }))}
        hidden={hidden}
        onChange={setHidden}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {metrics.map((metric) => (
          <Paper key={metric} miw={0}>
            <Stack gap={6}>
              <Text fw={600} size="sm">
                {metricLabel(metric)}
              </Text>
              <StepChart title={metricLabel(metric)} lines={linesOf(metric, names, lists)} hidden={hidden} />
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

/** A line for each trial, in the style of its place, also where it has no point. */
function linesOf(metric: string, names: readonly string[], lists: readonly MetricSeries[][]) {
  return names.map((label, at) => {
    const found = lists[at]!.find(({ name }) => name === metric);
    return { label, metric, steps: found?.steps ?? [], values: found?.values ?? [] };
  });
}
