import { Group, Paper, Select } from '@mantine/core';
import { IconTrophy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { basesQuery, tasksQuery } from '../../lib/api/catalog.js';
import { Board } from './board.js';

const route = getRouteApi('/signed-in/leaderboard');

export function LeaderboardPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(basesQuery);
  const task = search.task ?? tasks.data?.[0]?.name;
  const base = search.base ?? bases.data?.[0]?.name;
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });

  return (
    <Page
      title="Leaderboard"
      description="Which method wins within a memory budget, and whether the difference is real."
    >
      <QueryView query={tasks} label="tasks">
        {(taskList) => (
          <QueryView query={bases} label="base models">
            {(baseList) => (
              <>
                <Group gap="sm">
                  <Select
                    label="Task"
                    data={taskList.map(({ name, title }) => ({ value: name, label: title }))}
                    value={task ?? null}
                    onChange={(value) => change({ task: value ?? undefined, memoryBudgetMiB: undefined })}
                    allowDeselect={false}
                    w={280}
                    maw="100%"
                  />
                  <Select
                    label="Base model"
                    data={baseList.map(({ name }) => name)}
                    value={base ?? null}
                    onChange={(value) => change({ base: value ?? undefined, memoryBudgetMiB: undefined })}
                    allowDeselect={false}
                    w={200}
                  />
                </Group>
                {task && base ? (
                  <Board
                    query={{ task, base, by: search.by, memoryBudgetMiB: search.memoryBudgetMiB }}
                    onChange={change}
                  />
                ) : (
                  <Paper>
                    <Empty icon={IconTrophy} title="No task or no base model">
                      This installation has {task ? 'no base model' : 'no task'}; see the catalog.
                    </Empty>
                  </Paper>
                )}
              </>
            )}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}
