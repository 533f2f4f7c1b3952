import { Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { NumberOnLeave } from '../../components/number-on-leave.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { boardsQuery } from '../../lib/api/leaderboard.js';
import { standingsQuery } from '../../lib/api/standings.js';
import { useLive } from '../../lib/use-live.js';
import { apartText } from './apart.js';
import { PlacesChart } from './places-chart.js';
import { MemoryBudget } from './search.js';
import { StandingsTable } from './standings-table.js';

const route = getRouteApi('/signed-in/standings');

export function StandingsPage() {
  useLive();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const boards = useQuery(boardsQuery);
  const standings = useQuery(standingsQuery(search));
  const bases = [...new Set((boards.data ?? []).filter(({ published }) => !published).map(({ base }) => base))];
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <Page
      title="Standings"
      description="Who ranks best over several tasks, and which differences are more than chance."
    >
      <Group gap="sm">
        <Select
          label="Base model"
          data={bases}
          value={search.base ?? null}
          onChange={(base) => change({ base: base ?? undefined })}
          placeholder="All"
          clearable
          w={200}
        />
        <NumberOnLeave
          label="Memory budget, MiB"
          value={search.memoryBudgetMiB ?? null}
          schema={MemoryBudget.nullable()}
          onSettle={(value) => change({ memoryBudgetMiB: value ?? undefined })}
          placeholder="None"
          min={0}
          w={200}
        />
      </Group>
      <QueryView query={standings} label="standings">
        {(data) =>
          data.rows.length === 0 ? (
            <Paper>
              <Empty icon={IconStack2} title="No board yet">
                Boards of tasks stand here side by side once a sweep has run.
              </Empty>
            </Paper>
          ) : (
            <Compared standings={data} memoryBudgetMiB={search.memoryBudgetMiB} />
          )
        }
      </QueryView>
    </Page>
  );
}

function Compared({ standings, memoryBudgetMiB }: Parameters<typeof StandingsTable>[0]) {
  const ranked = standings.rows.some(({ meanPlace }) => meanPlace !== null);
  return (
    <Stack gap="lg">
      {ranked ? (
        <Paper>
          <Stack gap="xs">
            <Title order={2}>Mean place</Title>
            <PlacesChart standings={standings} />
            <Text size="sm" c="dimmed">
              {apartText(standings)}
            </Text>
          </Stack>
        </Paper>
      ) : null}
      <StandingsTable standings={standings} memoryBudgetMiB={memoryBudgetMiB} />
    </Stack>
  );
}
