/** @file Which sweeps start from models of which: a picture, and the same as links. */
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { SweepDependencies } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { TextLink } from '../../components/links.js';
import { QueryView } from '../../components/query-view.js';
import { SweepStateBadge } from '../../components/state-badge.js';
import { sweepDependenciesQuery } from '../../lib/api/sweeps.js';
import { seriesStyle } from '../../lib/palette.js';
import { levelsOf } from './levels.js';

const rowHeight = 56;

/** Nothing where the sweep stands alone. */
export function Dependencies({ sweepId }: { sweepId: string }) {
  const query = useQuery(sweepDependenciesQuery(sweepId));
  // Most sweeps have none, so that no room is held for them.
  if (query.isPending) return null;
  return (
    <QueryView query={query} label="dependencies">
      {(data) => (data.edges.length === 0 ? null : <Drawn data={data} sweepId={sweepId} />)}
    </QueryView>
  );
}

function Drawn({ data, sweepId }: { data: SweepDependencies; sweepId: string }) {
  return (
    <Paper component="section" aria-label="Dependencies">
      <Stack gap="sm">
        <Title order={2}>Dependencies</Title>
        <Graph graph={data} sweepId={sweepId} />
        <Stack gap={4}>
          {data.sweeps.map((sweep) => (
            <Group key={sweep.id} gap="sm">
              <SweepStateBadge state={sweep.state} waits={sweep.waits} />
              {sweep.id === sweepId ? (
                <Text size="sm" fw={600}>
                  {sweep.name}
                </Text>
              ) : (
                <TextLink to="/sweeps/$sweepId" params={{ sweepId: sweep.id }} size="sm">
                  {sweep.name}
                </TextLink>
              )}
              <Text size="xs" c="dimmed">
                {startOf(data, sweep.id)}
              </Text>
            </Group>
          ))}
        </Stack>
      </Stack>
    </Paper>
  );
}

/** What a sweep starts from, in words. */
function startOf({ sweeps, edges }: SweepDependencies, id: string): string {
  const edge = edges.find(({ to }) => to === id);
  if (!edge) return 'starts from its base model';
  const name = sweeps.find((sweep) => sweep.id === edge.from)?.name ?? edge.from;
  return edge.trialId === null ? `starts from the best model of ${name}` : `starts from a model of ${name}`;
}

function Graph({ graph, sweepId }: { graph: SweepDependencies; sweepId: string }) {
  const look = useChartLook();
  const navigate = useNavigate();
  const levels = useMemo(() => levelsOf(graph), [graph]);
  const tallest = Math.max(...levels.map((level) => level.length));
  const option = useMemo<EChartsOption>(() => {
    const [own, other, waiting] = [0, 6, 1].map((index) => seriesStyle(index, look.scheme).color);
    const placed = new Map(
      levels.flatMap((level, x) => level.map((id, y) => [id, [x, (level.length - 1) / 2 - y] as const])),
    );
    const hidden = { type: 'value' as const, show: false };
    return {
      ...look.base,
      grid: { left: 64, right: 64, top: 16, bottom: 34 },
      xAxis: { ...hidden, min: 0, max: Math.max(1, levels.length - 1) },
      yAxis: { ...hidden, min: -tallest / 2, max: tallest / 2 },
      series: [
        {
          type: 'graph',
          layout: 'none',
          coordinateSystem: 'cartesian2d',
          symbolSize: 18,
          edgeSymbol: ['none', 'arrow'],
          edgeSymbolSize: 9,
          lineStyle: { color: look.muted, width: 1.5, opacity: 1 },
          label: {
            show: true,
            position: 'bottom',
            color: look.text,
            fontSize: 12,
            width: 120,
            overflow: 'truncate',
          },
          data: graph.sweeps.map(({ id, name, waits }) => ({
            id,
            name,
            value: [...placed.get(id)!],
            itemStyle: {
              color: id === sweepId ? own! : waits ? look.surface : other!,
              borderColor: waits ? waiting! : id === sweepId ? own! : other!,
              borderWidth: 2,
            },
          })),
          links: graph.edges.map(({ from, to, trialId }) => ({
            source: from,
            target: to,
            lineStyle: { type: trialId === null ? 'dashed' : 'solid' },
          })),
        },
      ],
    } as EChartsOption;
  }, [graph, levels, look, sweepId, tallest]);
  return (
    <Chart
      option={option}
      height={Math.max(110, tallest * rowHeight + 40)}
      label={`Dependencies of ${graph.sweeps.length} sweeps`}
      onSelect={(index) => {
        const chosen = graph.sweeps[index];
        if (chosen) void navigate({ to: '/sweeps/$sweepId', params: { sweepId: chosen.id } });
      }}
    />
  );
}
