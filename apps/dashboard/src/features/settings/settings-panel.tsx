import { Group, Paper, Select, Stack, Switch, Text, Title } from '@mantine/core';
import {
  budgetText,
  drawnNotice,
  importanceNotice,
  type SweepSettings,
  settingLabels,
  settingsMethodName,
} from '@rankforge/contracts';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { z } from 'zod';
import { SeriesLegend } from '../../components/chart/series-legend.js';
import { useChartLook } from '../../components/chart/use-chart-look.js';
import { Empty } from '../../components/feedback.js';
import { QueryView } from '../../components/query-view.js';
import { sweepSettingsQuery } from '../../lib/api/settings.js';
import { Configurations } from './configurations.js';
import { ImportanceChart } from './importance-chart.js';
import { MeansByValue } from './means-by-value.js';
import { methodKeys } from './method-keys.js';
import type { SettingsSearch } from './search.js';
import { Slices } from './slices.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/settings');

/** The effect of a sweep's settings: the score over each, how much each mattered, and every configuration. */
export function SettingsPanel() {
  const { sweepId } = route.useParams();
  const { steps } = route.useSearch();
  const query = useQuery(sweepSettingsQuery(sweepId, steps));
  return (
    <QueryView query={query} label="settings">
      {(settings) =>
        settings.settings.length === 0 ? (
          <Empty icon={IconAdjustmentsHorizontal} title="No setting has several values">
            List several learning rates, ranks or values of a method, or search a range, to see here what each did.
          </Empty>
        ) : (
          <Shown settings={settings} sweepId={sweepId} />
        )
      }
    </QueryView>
  );
}

const nothing: ReadonlySet<number> = new Set();

function Shown({ settings, sweepId }: { settings: SweepSettings; sweepId: string }) {
  const { logScale = false, method } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: z.infer<typeof SettingsSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const look = useChartLook();
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const { budget, budgets, methods, metric, direction, importance } = settings;
  const labels = useMemo(() => settingLabels(settings.settings.map(({ name }) => name)), [settings]);
  const names = methods.map(settingsMethodName);
  const keys = methodKeys(settings, nothing, look.scheme);
  const hidden = useMemo(
    () => new Set(methods.flatMap((each, index) => (off.has(settingsMethodName(each)) ? [index] : []))),
    [methods, off],
  );
  const group = importance.groups.find((each) => each.method === (method ?? null)) ?? importance.groups[0];
  const isRanked = importance.groups.some((each) => each.settings.length > 0);
  const notice = drawnNotice(settings);
  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        {budgets.length > 1 ? (
          <Select
            label="Trained to"
            data={budgets.map((each) => ({ value: String(each.steps), label: budgetText(each) }))}
            value={String(budget.steps)}
            onChange={(value) => change({ steps: value === String(budgets.at(-1)!.steps) ? undefined : Number(value) })}
            allowDeselect={false}
            w={240}
          />
        ) : null}
        <Switch
          label="Log scale of the score"
          checked={logScale}
          onChange={(event) => change({ logScale: event.currentTarget.checked })}
          pb={8}
        />
      </Group>
      <Paper>
        <Stack gap="sm">
          <Title order={2} size="h4">
            Score by setting
          </Title>
          <Text size="sm" c="dimmed">
            {metric} on validation, {direction === 'minimize' ? 'less' : 'more'} is better, after {budgetText(budget)}.
            Faint points are seeds, full ones the mean of all configurations with a value; a ring marks what was chosen.
            Crosses below have no score. {notice}
          </Text>
          {keys.length > 0 ? <SeriesLegend entries={keys} hidden={off} onChange={setOff} /> : null}
          <Slices settings={settings} sweepId={sweepId} labels={labels} hidden={hidden} logScale={logScale} />
        </Stack>
      </Paper>
      {group ? (
        <Paper>
          <Stack gap="sm">
            <Title order={2} size="h4">
              What mattered
            </Title>
            {importance.groups.length > 1 && isRanked ? (
              <Select
                label="Importance over"
                data={importance.groups.map((each) => ({
                  value: String(each.method ?? 'all'),
                  label: each.method === null ? 'All methods' : names[each.method]!,
                }))}
                value={String(group.method ?? 'all')}
                onChange={(value) => change({ method: value === 'all' ? undefined : Number(value) })}
                allowDeselect={false}
                w={240}
              />
            ) : null}
            {group.settings.length > 0 ? (
              <ImportanceChart group={group} answer={settings} labels={labels} />
            ) : (
              <>
                <Text size="sm">{importanceNotice(group, settings)}</Text>
                <MeansByValue settings={settings} labels={labels} hidden={hidden} />
              </>
            )}
          </Stack>
        </Paper>
      ) : null}
      <Paper>
        <Stack gap="sm">
          <Title order={2} size="h4">
            Configurations
          </Title>
          <Configurations settings={settings} labels={labels} hidden={hidden} />
        </Stack>
      </Paper>
    </Stack>
  );
}
