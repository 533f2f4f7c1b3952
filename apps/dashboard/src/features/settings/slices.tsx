import { Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { contenderName, edgeText, meansByValue, type SweepSettings, settingsMethodName } from '@rankforge/contracts';
import { IconArrowsHorizontal } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { NumberTable } from '../../components/number-table.js';
import { WidenLink } from '../../components/widen-link.js';
import { formatTick } from '../../lib/format.js';
import { methodKeys } from './method-keys.js';
import { type SlicePoint, sliceHeight, sliceOption } from './slice-option.js';

interface SlicesProps {
  sweepId: string;
  settings: SweepSettings;
  labels: Record<string, string>;
  hidden: ReadonlySet<number>;
  logScale: boolean;
}

/** The score over each setting, a chart for each. */
export function Slices({ settings, ...rest }: SlicesProps) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" verticalSpacing="lg">
      {settings.settings.map((setting) => (
        <Slice key={setting.name} settings={settings} setting={setting} {...rest} />
      ))}
    </SimpleGrid>
  );
}

function Slice({
  settings,
  setting,
  sweepId,
  labels,
  hidden,
  logScale,
}: SlicesProps & { setting: SweepSettings['settings'][number] }) {
  const look = useChartLook();
  const navigate = useNavigate();
  const label = labels[setting.name]!;
  const option = useMemo<EChartsOption>(
    () => sliceOption({ settings, setting, label, hidden, logScale, look }),
    [settings, setting, label, hidden, logScale, look],
  );
  const open = useCallback(
    (dataIndex: number, seriesIndex: number) => {
      const series = [option.series ?? []].flat()[seriesIndex];
      const trialId = (series?.data as SlicePoint[] | undefined)?.[dataIndex]?.trialId;
      if (trialId !== undefined) void navigate({ to: '/trials/$trialId', params: { trialId } });
    },
    [option, navigate],
  );
  const { methods, configurations, metric } = settings;
  const edges = methods.flatMap((method, index) =>
    hidden.has(index) ? [] : method.edges.filter(({ axis }) => axis === setting.name).map((edge) => ({ method, edge })),
  );
  const chosen = new Set(
    methods.flatMap((method, index) =>
      method.chosen === null ? [] : [`${index} ${configurations[method.chosen]!.values[setting.name]}`],
    ),
  );
  return (
    <Stack gap={4} component="section" aria-label={label}>
      <Title order={3} size="h5">
        {label}
      </Title>
      <Chart
        option={option}
        height={sliceHeight(configurations)}
        label={`${metric} on validation by ${label}; the numbers follow`}
        onSelect={open}
        file={`${metric} by ${label}`.replaceAll(/[^A-Za-z0-9.]+/g, '-')}
        legend={methodKeys(settings, hidden, look.scheme)}
      />
      {edges.map(({ method, edge }) => (
        <Group key={settingsMethodName(method)} gap={6} wrap="nowrap" align="flex-start">
          <IconArrowsHorizontal size={16} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
          <Text size="sm">
            Best at the edge: {settingsMethodName(method)}, {edgeText(edge)}.{' '}
            <WidenLink sweepId={sweepId} contender={contenderName(method)} edge={edge} />
          </Text>
        </Group>
      ))}
      <details>
        <summary>Numbers</summary>
        <NumberTable
          label={`Mean ${metric} by ${label}`}
          columns={['Method', label, `Mean ${metric}`, 'Configurations', 'Chosen']}
          rows={meansByValue(configurations, setting.name)
            .filter(({ method }) => !hidden.has(method))
            .map(({ method, value, mean, configurations: of }) => [
              settingsMethodName(methods[method]!),
              String(value),
              formatTick(mean),
              String(of),
              chosen.has(`${method} ${value}`) ? 'yes' : '',
            ])}
          maxHeight={320}
        />
      </details>
    </Stack>
  );
}
