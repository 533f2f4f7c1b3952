import { Group, NumberInput, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { rankedBoards, type Standings } from '@rankforge/contracts';
import { IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { boardsQuery } from '../../lib/api/leaderboard.js';
import { standingsQuery } from '../../lib/api/standings.js';
import { PlacesChart } from './places-chart.js';
import { StandingsTable } from './standings-table.js';

const route = getRouteApi('/signed-in/standings');

export function StandingsPage() {
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
        <NumberInput
          label="Memory budget, MiB"
          value={search.memoryBudgetMiB ?? ''}
          onChange={(value) => change({ memoryBudgetMiB: typeof value === 'number' && value > 0 ? value : undefined })}
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
            <Compared standings={data} />
          )
        }
      </QueryView>
    </Page>
  );
}

function Compared({ standings }: { standings: Standings }) {
  const { rows, test, alpha } = standings;
  const ranked = rows.some(({ meanPlace }) => meanPlace !== null);
  return (
    <Stack gap="lg">
      {ranked ? (
        <Paper>
          <Stack gap="xs">
            <Title order={2}>Mean place</Title>
            <PlacesChart standings={standings} />
            <Text size="sm" c="dimmed">
              {test
                ? `Over ${rankedBoards(standings)} boards, Friedman p = ${Number(test.pValue.toPrecision(2))}. Mean places that ` +
                  `differ by ${test.criticalDifference.toFixed(2)} or more differ at α = ${alpha} (Nemenyi); whiskers ` +
                  'are half of that to each side. Rows that share a letter are not told apart.'
                : 'Two boards, and two methods with a score on each, are needed to tell mean places apart.'}
            </Text>
          </Stack>
        </Paper>
      ) : null}
      <StandingsTable standings={standings} />
    </Stack>
  );
}
