import { Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { endsOf, type MetricSeries, MIB, type TrialDetail } from '@rankforge/contracts';
import { IconChartLine } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../components/feedback.js';
import { QueryView } from '../../components/query-view.js';
import { trialMetricsQuery } from '../../lib/api/trials.js';
import { formatMiB } from '../../lib/format.js';
import { MetricChart } from './metric-chart.js';
import { metricLabel } from './metrics.js';
import { RankMap } from './rank-map.js';
import { rankPrefix } from './ranks.js';
import { chartedMetrics, charts } from './trial-charts.js';

export function TrialCurves({ trial }: { trial: TrialDetail }) {
  const query = useQuery(trialMetricsQuery(trial.id));
  return (
    <QueryView query={query} label="curves">
      {(series) =>
        series.length === 0 ? (
          <Paper>
            <Empty icon={IconChartLine} title="No points">
              {trial.leaderId
                ? 'The curves are with the trial this result comes from.'
                : trial.state === 'OVER_BUDGET'
                  ? 'It was not run: the prediction was already over the budget.'
                  : 'Points appear with the first steps.'}
            </Empty>
          </Paper>
        ) : (
          <Grid series={series} trial={trial} />
        )
      }
    </QueryView>
  );
}

function Grid({ series, trial }: { series: MetricSeries[]; trial: TrialDetail }) {
  const known = new Set(chartedMetrics);
  const ranks = series.filter(({ name }) => name.startsWith(rankPrefix));
  // Each metric of validation in a chart of its own: their scales differ.
  const rest = series
    .filter((one) => !known.has(one.name) && !ranks.includes(one))
    .map(({ name }) => ({ title: metricLabel(name), names: [name] }));
  const [, lastStep] = endsOf(series.flatMap(({ steps }) => steps));
  const shown = [...charts, ...rest]
    .map(({ title, names }) => ({ title, series: names.flatMap((name) => series.filter((one) => one.name === name)) }))
    .filter(({ series: present }) => present.length > 0);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      {shown.map((chart) => (
        <Paper key={chart.title} miw={0}>
          <Stack gap={6}>
            <Text fw={600} size="sm">
              {chart.title}
            </Text>
            <MetricChart series={chart.series} marks={chart.title === 'Memory' ? memoryMarks(trial) : noMarks} />
          </Stack>
        </Paper>
      ))}
      {ranks.length > 0 ? (
        <Paper miw={0}>
          <Stack gap={6}>
            <Text fw={600} size="sm">
              Rank by layer
            </Text>
            <RankMap series={ranks} lastStep={lastStep} />
          </Stack>
        </Paper>
      ) : null}
    </SimpleGrid>
  );
}

const noMarks: { name: string; value: number }[] = [];

/** A budget far above the curves is left out: it would press them to the floor. */
function memoryMarks(trial: TrialDetail) {
  const predicted = trial.predicted.total;
  const budget = trial.memoryBudgetMiB * MIB;
  return [
    ...(budget <= 4 * predicted ? [{ name: `budget ${formatMiB(trial.memoryBudgetMiB)}`, value: budget }] : []),
    { name: 'predicted', value: predicted },
  ];
}
