import { Group, Paper, Select } from '@mantine/core';
import { type BaseView, type BoardList, defaultSweepKind, type TaskView } from '@rankforge/contracts';
import { IconTrophy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { basesQuery, tasksQuery } from '../../lib/api/catalog.js';
import { boardsQuery } from '../../lib/api/leaderboard.js';
import { useKeptFor } from '../../lib/use-kept-for.js';
import { useLive } from '../../lib/use-live.js';
import { Board } from './board.js';
import { choicesOf, newestBoard } from './choices.js';

const route = getRouteApi('/signed-in/leaderboard');

export function LeaderboardPage() {
  useLive();
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(basesQuery);
  const boards = useQuery(boardsQuery);
  return (
    <Page
      title="Leaderboard"
      description="Which method wins within a memory budget, and whether the difference is real."
    >
      <QueryView query={tasks} label="tasks">
        {(taskList) => (
          <QueryView query={bases} label="base models">
            {(baseList) => (
              <QueryView query={boards} label="leaderboards">
                {(boardList) => <Chosen tasks={taskList} bases={baseList} boards={boardList} />}
              </QueryView>
            )}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}

interface ChosenProps {
  tasks: readonly TaskView[];
  bases: readonly BaseView[];
  boards: BoardList['boards'];
}

function Chosen(props: ChosenProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // Results that come in while the page is read do not change which board it shows.
  const newest = useKeptFor(`${search.task} ${search.base} ${search.kind}`, () => newestBoard(props.boards, search));
  const { tasks, bases, kinds, task, base, kind } = choicesOf(props, search, newest);
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <>
      <Group gap="sm">
        <Select
          label="Task"
          data={tasks}
          value={task ?? null}
          onChange={(value) =>
            change({
              task: value ?? undefined,
              base: undefined,
              kind: undefined,
              memoryBudgetMiB: undefined,
              atMost: undefined,
              scenario: undefined,
              margin: undefined,
              metric: undefined,
              cost: undefined,
            })
          }
          allowDeselect={false}
          w={320}
          maw="100%"
        />
        <Select
          label="Base model"
          data={bases}
          value={base ?? null}
          onChange={(value) =>
            change({
              base: value ?? undefined,
              memoryBudgetMiB: undefined,
              atMost: undefined,
              scenario: undefined,
              cost: undefined,
            })
          }
          allowDeselect={false}
          w={200}
        />
        {kinds.length > 1 || kind !== defaultSweepKind ? (
          <Select
            label="Kind"
            data={kinds}
            value={kind}
            onChange={(value) =>
              change({ kind: kinds.find((one) => one.value === value)?.value, scenario: undefined, cost: undefined })
            }
            allowDeselect={false}
            w={150}
          />
        ) : null}
      </Group>
      {task && base ? (
        <Board
          query={{
            task,
            base,
            kind,
            by: search.by,
            memoryBudgetMiB: search.memoryBudgetMiB,
            margin: search.margin,
            metric: search.metric,
            cost: search.cost,
            atMost: search.atMost,
            scenario: search.scenario,
          }}
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
  );
}
