import { Group, Paper, Select, Stack, Switch, Text } from '@mantine/core';
import type { MetricView } from '@rankforge/contracts';
import { IconChartLine } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../../components/feedback.js';
import { QueryView } from '../../components/query-view.js';
import { tasksQuery } from '../../lib/api/catalog.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { sweepCurvesQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { type Axis, axes, type Curve, groupCurves } from './curves.js';
import { CurvesChart, mostBands } from './curves-chart.js';
import { metricLabel, metricRange } from './metrics.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/');

const axisOptions = Object.entries(axes).map(([value, { label }]) => ({ value: value as Axis, label }));

const smoothings = [
  { value: '0', label: 'None' },
  { value: '0.6', label: 'Light' },
  { value: '0.9', label: 'Strong' },
];

const trainingMetrics = [
  'train/loss',
  'train/gradient-norm',
  'train/learning-rate',
  'train/tokens-per-second',
  'memory/live',
  'memory/peak',
];

export function CurvesPanel() {
  const { sweepId } = route.useParams();
  const [metric, setMetric] = useState('train/loss');
  const [axis, setAxis] = useState<Axis>('method');
  const [smoothing, setSmoothing] = useState('0.6');
  const [eachRun, setEachRun] = useState(false);
  const [logScale, setLogScale] = useState(false);
  const sweep = useQuery(sweepQuery(sweepId));
  const query = useQuery(sweepCurvesQuery(sweepId, metric));
  const tasks = useQuery(tasksQuery);
  const objective = sweep.data?.spec.objective?.metric;
  const task = tasks.data?.find(({ name }) => name === sweep.data?.spec.task);
  const metrics = [
    ...new Set([...trainingMetrics, 'validation/loss', ...(objective ? [`validation/${objective}`] : [])]),
  ];

  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        <Select
          label="Metric"
          data={metrics.map((value) => ({ value, label: metricLabel(value) }))}
          value={metric}
          onChange={(value) => value && setMetric(value)}
          allowDeselect={false}
          w={190}
        />
        <Select
          label="Group by"
          data={axisOptions}
          value={axis}
          onChange={(value) => value && setAxis(value)}
          allowDeselect={false}
          w={150}
        />
        <Select
          label="Smoothing"
          data={smoothings}
          value={smoothing}
          onChange={(value) => value && setSmoothing(value)}
          allowDeselect={false}
          w={110}
        />
        <Group gap="lg" pb={8}>
          <Switch label="Each run" checked={eachRun} onChange={(event) => setEachRun(event.currentTarget.checked)} />
          <Switch label="Log scale" checked={logScale} onChange={(event) => setLogScale(event.currentTarget.checked)} />
        </Group>
      </Group>
      <Paper>
        <QueryView query={query} label="curves">
          {({ curves, truncated }) => (
            <Curves
              curves={curves}
              truncated={truncated}
              axis={axis}
              metric={metric}
              range={metricRange(metric, task)}
              smoothing={Number(smoothing)}
              eachRun={eachRun}
              logScale={logScale}
            />
          )}
        </QueryView>
      </Paper>
    </Stack>
  );
}

interface CurvesProps {
  curves: Curve[];
  truncated: boolean;
  axis: Axis;
  metric: string;
  range: MetricView['range'];
  smoothing: number;
  eachRun: boolean;
  logScale: boolean;
}

function Curves({ curves, truncated, axis, ...look }: CurvesProps) {
  const groups = useMemo(() => groupCurves(curves, axis), [curves, axis]);
  if (groups.length === 0) {
    return (
      <Empty icon={IconChartLine} title="No points yet">
        {look.metric.startsWith('validation/')
          ? 'Validation is recorded at the end of a training, and in between when the sweep sets evalEvery.'
          : 'Curves appear with the first steps of the first trial.'}
      </Empty>
    );
  }
  const whose = `${formatInteger(curves.length)} trials${truncated ? ' of the sweep' : ''}`;
  const drawn = groups.length > mostBands ? `, drawn for up to ${mostBands} lines` : '';
  return (
    <Stack gap="xs">
      <CurvesChart groups={groups} {...look} />
      <Text size="xs" c="dimmed">
        {`${truncated ? 'The first ' : ''}${whose}. Lines are the mean of each group, bands one standard deviation over its trials${drawn}; a trial that ends early leaves the mean.`}
      </Text>
    </Stack>
  );
}
