import { Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type SweepSettings, settingsMethodName } from '@rankforge/contracts';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useMemo } from 'react';
import { Chart } from '../../components/chart/chart.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { NumberTable } from '../../components/number-table.js';
import { formatInteger, formatTick } from '../../lib/format.js';
import { methodKeys } from './method-keys.js';
import { parallelHeight, parallelOption, worstFirst } from './parallel-option.js';

interface ConfigurationsProps {
  settings: SweepSettings;
  labels: Record<string, string>;
  hidden: ReadonlySet<number>;
}

/** Rows of the table: the best. */
const rowsAtMost = 50;

/** Each configuration as a line across its settings, and the best of them as a table. */
export function Configurations({ settings, labels, hidden }: ConfigurationsProps) {
  const look = useChartLook();
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const scored = useMemo(() => worstFirst(settings, hidden), [settings, hidden]);
  const option = useMemo<EChartsOption>(
    () => parallelOption({ settings, configurations: scored, labels, narrow, look }),
    [settings, scored, labels, narrow, look],
  );
  const { methods, metric } = settings;
  const best = scored.slice(-rowsAtMost).reverse();
  const names = settings.settings.map(({ name }) => name);
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {formatInteger(scored.length)} configurations with a score; the better, the stronger the line, and the chosen
        ones stand out. Drag along an axis to see those within it alone; a click on it shows all again.
      </Text>
      <Chart
        option={option}
        height={parallelHeight(names.length, narrow)}
        label={`${scored.length} configurations as lines across ${names.length} settings; the numbers follow`}
        file="configurations"
        legend={methodKeys(settings, hidden, look.scheme)}
      />
      <details>
        <summary>Numbers</summary>
        <NumberTable
          label="Best configurations"
          columns={['Method', ...names.map((name) => labels[name]!), `Mean ${metric}`, 'Seeds']}
          rows={best.map(({ method, values, mean, trainings }) => [
            settingsMethodName(methods[method]!),
            ...names.map((name) => String(values[name] ?? '–')),
            formatTick(mean!),
            String(trainings.filter(({ score, judging }) => score !== null && !judging).length),
          ])}
          maxHeight={420}
        />
      </details>
    </Stack>
  );
}
