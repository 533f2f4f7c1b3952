import { Group, Paper, Select, Stack, Switch, Text } from '@mantine/core';
import type { MetricView } from '@rankforge/contracts';
import { IconChartLine } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { z } from 'zod';
import { Empty } from '../../components/feedback.js';
import { NumberOnLeave } from '../../components/number-on-leave.js';
import { QueryView } from '../../components/query-view.js';
import { tasksQuery } from '../../lib/api/catalog.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { sweepCurvesQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { type Axis, axes, type Curve, defaultSmoothing, groupCurves } from './curves.js';
import { type CurvesBy, CurvesChart, mostBands } from './curves-chart.js';
import { curveMetrics, directionOf, metricLabel, metricRange } from './metrics.js';
import { ReachedTable } from './reached-table.js';
import { type CurvesSearch, CurvesTarget } from './search.js';
import { byTraffic, reachedBy, type Traffic, trafficOf } from './traffic.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/curves');

const axisOptions = Object.entries(axes).map(([value, { label }]) => ({ value: value as Axis, label }));

const smoothings = [
  { value: '0', label: 'None' },
  { value: '0.6', label: 'Light' },
  { value: '0.9', label: 'Strong' },
];

export function CurvesPanel() {
  const { sweepId } = route.useParams();
  const {
    metric = 'train/loss',
    axis = 'method',
    smoothing = defaultSmoothing(metric),
    eachRun = false,
    logScale = false,
    by = 'step',
    target,
  } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: z.infer<typeof CurvesSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const sweep = useQuery(sweepQuery(sweepId));
  const query = useQuery(sweepCurvesQuery(sweepId, metric));
  const tasks = useQuery(tasksQuery);
  const objective = sweep.data?.spec.objective?.metric;
  const localSteps = sweep.data?.spec.federation?.localSteps;
  const sent = useSent(sweepId, localSteps !== undefined);
  const task = tasks.data?.find(({ name }) => name === sweep.data?.spec.task);
  // The curves that are shown have this one; those of the chosen metric may still be on their way.
  const shownMetric = query.data?.metric ?? metric;
  const direction = directionOf(shownMetric, task);
  // Less is better or more is, where a task says so: of validation alone.
  const isValidation = shownMetric.startsWith('validation/');
  const hasTarget = isValidation && localSteps !== undefined && target !== undefined;
  const extremes = useQuery({ ...sweepCurvesQuery(sweepId, shownMetric, 'extremes'), enabled: hasTarget }).data;
  // They may still be those of the metric before, which stand in for them.
  const best = extremes?.metric === shownMetric ? extremes.curves : undefined;
  const federated = useMemo(
    () =>
      localSteps === undefined
        ? undefined
        : {
            ...{ traffic: trafficOf(sent, localSteps), localSteps, direction },
            ...(hasTarget && best && { aim: { target, curves: best } }),
          },
    [sent, localSteps, target, hasTarget, best, direction],
  );
  const metrics = curveMetrics(task, [...(objective ? [`validation/${objective}`] : []), metric]);

  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        <Select
          label="Metric"
          data={metrics.map((value) => ({ value, label: metricLabel(value) }))}
          value={metric}
          onChange={(value) => value && change({ metric: value })}
          allowDeselect={false}
          w={190}
        />
        <Select
          label="Group by"
          data={axisOptions}
          value={axis}
          onChange={(value) => value && change({ axis: value })}
          allowDeselect={false}
          w={150}
        />
        <Select
          label="Smoothing"
          data={smoothings}
          value={String(smoothing)}
          onChange={(value) => value && change({ smoothing: Number(value) })}
          allowDeselect={false}
          w={110}
        />
        {localSteps === undefined ? null : (
          <>
            <Select
              label="By"
              data={[
                { value: 'step', label: 'Step' },
                { value: 'traffic', label: 'Traffic' },
              ]}
              value={by}
              onChange={(value) => value && change({ by: value })}
              allowDeselect={false}
              w={110}
            />
            {isValidation ? (
              <NumberOnLeave
                label="Target"
                placeholder="none"
                value={target ?? null}
                schema={CurvesTarget.nullable()}
                onSettle={(value) => change({ target: value ?? undefined })}
                w={100}
              />
            ) : null}
          </>
        )}
        <Group gap="lg" pb={8}>
          <Switch
            label="Each run"
            checked={eachRun}
            onChange={(event) => change({ eachRun: event.currentTarget.checked })}
          />
          <Switch
            label="Log scale"
            checked={logScale}
            onChange={(event) => change({ logScale: event.currentTarget.checked })}
          />
        </Group>
      </Group>
      <Paper>
        <QueryView query={query} label="curves">
          {({ curves, truncated, metric: ofCurves }) => (
            <Curves
              curves={curves}
              truncated={truncated}
              axis={axis}
              metric={ofCurves}
              range={metricRange(ofCurves, task)}
              smoothing={smoothing}
              eachRun={eachRun}
              logScale={logScale}
              by={by}
              federated={federated}
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
  by: CurvesBy;
  /** Undefined where the sweep is no federation. */
  federated: Federated | undefined;
}

interface Federated {
  traffic: Traffic;
  localSteps: number;
  direction: MetricView['direction'];
  /** A value to come to, and the curves with their extremes: the mean of a stretch comes there later than its best point. */
  aim?: { target: number; curves: Curve[] };
}

/** Bytes of the rounds of all trials, from clients and to them. */
function useSent(sweepId: string, enabled: boolean): readonly (readonly Curve[])[] {
  const up = useQuery({ ...sweepCurvesQuery(sweepId, 'federation/bytes-up'), enabled });
  const down = useQuery({ ...sweepCurvesQuery(sweepId, 'federation/bytes-down'), enabled });
  return useMemo(() => [up.data?.curves ?? [], down.data?.curves ?? []], [up.data, down.data]);
}

function Curves({ curves, truncated, axis, federated, ...look }: CurvesProps) {
  const shown = useMemo(
    () => (federated && look.by === 'traffic' ? byTraffic(curves, federated.traffic) : curves),
    [curves, federated, look.by],
  );
  const groups = useMemo(() => groupCurves(shown, axis), [shown, axis]);
  const aim = federated?.aim;
  const reached = useMemo(
    () => (aim === undefined ? [] : reachedBy(groupCurves(aim.curves, axis), aim.target, federated!)),
    [axis, aim, federated],
  );
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
      {aim === undefined ? null : <ReachedTable reached={reached} target={aim.target} />}
      <Text size="xs" c="dimmed">
        {`${truncated ? 'The first ' : ''}${whose}. Lines are the mean of each group, bands one standard deviation over its trials${drawn}; a trial that ends early leaves the mean. Of a longer series, each of 120 points is the mean of a stretch of steps.`}
      </Text>
    </Stack>
  );
}
