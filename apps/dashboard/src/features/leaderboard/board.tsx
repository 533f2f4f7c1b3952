/** @file A leaderboard: the picture first, then the numbers, then score against memory. */

import { Alert, Group, Paper, SegmentedControl, Select, Stack, Text, Title } from '@mantine/core';
import {
  comparedMeasures,
  correctionRemark,
  defaultCost,
  directionOf,
  fewExamplesRemark,
  findMeasure,
  isScored,
  type Leaderboard,
  type LeaderboardQuery,
  limitsText,
  otherBoardText,
  referencesInSight,
  rowNames,
  runsOf,
  seedsOnlyRemark,
  untestedRemark,
} from '@rankforge/contracts';

import { IconHourglass, IconQuote, IconTrophy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Empty } from '../../components/feedback.js';
import { QueryView } from '../../components/query-view.js';
import { Term } from '../../components/term.js';
import { tasksQuery } from '../../lib/api/catalog.js';
import { type AskedBoard, leaderboardQuery } from '../../lib/api/leaderboard.js';
import { formatInteger, formatMetric, formatMiB } from '../../lib/format.js';
import { Answers } from './answers.js';
import { BoardRecall } from './board-recall.js';
import { BoardTable } from './board-table.js';
import { IntervalChart } from './interval-chart.js';
import { MarginField } from './margin-field.js';
import { ParetoChart } from './pareto-chart.js';
import { RowDrawer } from './row-drawer.js';
import { costOf, inSentence, rowKey } from './rows.js';

interface BoardProps {
  query: LeaderboardQuery;
  onChange: (
    change: Partial<Pick<LeaderboardQuery, 'memoryBudgetMiB' | 'margin' | 'metric' | 'by' | 'cost' | 'scenario'>> & {
      atMost?: string[] | undefined;
    },
  ) => void;
}

export function Board({ query, onChange }: BoardProps) {
  const result = useQuery(leaderboardQuery(query));
  return (
    <Stack gap="lg">
      {result.data ? <Controls board={result.data} query={query} onChange={onChange} /> : null}
      <QueryView query={result} label="leaderboard">
        {(board) =>
          board.rows.length === 0 ? (
            <Paper>
              <Empty icon={IconTrophy} title="Nothing to rank yet">
                Rows appear when the first configurations have been trained and the chosen ones scored on the test
                split.
              </Empty>
            </Paper>
          ) : (
            <Content board={board} query={query} onChange={onChange} />
          )
        }
      </QueryView>
    </Stack>
  );
}

function Controls({ board, query, onChange }: BoardProps & { board: Leaderboard }) {
  const anyBudget = 'any';
  const tasks = useQuery(tasksQuery);
  const metrics = tasks.data?.find(({ name }) => name === query.task)?.metrics ?? [];
  return (
    <Group gap="sm" align="flex-end">
      {board.scenarios.length > 1 ? (
        <Select
          label="Scenario"
          data={board.scenarios}
          value={board.scenario}
          onChange={(value) => onChange({ scenario: value ?? undefined })}
          allowDeselect={false}
          w={360}
          maw="100%"
        />
      ) : null}
      {metrics.length > 1 && !board.published ? (
        <Select
          label="Metric"
          data={metrics.map(({ name }) => name)}
          value={board.metric.name}
          onChange={(value) => onChange({ metric: value ?? undefined })}
          allowDeselect={false}
          w={150}
        />
      ) : null}
      <Select
        label="Memory budget"
        data={[
          { value: anyBudget, label: 'Any' },
          // A link may ask for one that no sweep had.
          ...[...new Set([...board.budgetsMiB, ...[query.memoryBudgetMiB ?? []].flat()])].map((mib) => ({
            value: String(mib),
            label: `Fits ${formatMiB(mib)}`,
          })),
        ]}
        value={query.memoryBudgetMiB === undefined ? anyBudget : String(query.memoryBudgetMiB)}
        onChange={(value) =>
          onChange({ memoryBudgetMiB: value === null || value === anyBudget ? undefined : Number(value) })
        }
        allowDeselect={false}
        w={170}
      />
      <MarginField margin={query.margin} onChange={(margin) => onChange({ margin })} />
      {Object.entries(board.limits).map(([name, values]) => (
        <LimitSelect key={name} name={name} values={values} query={query} onChange={onChange} />
      ))}
      <SegmentedControl
        aria-label="One row for each"
        data={[
          { value: 'method', label: 'Best of each method' },
          { value: 'configuration', label: 'All configurations' },
        ]}
        value={query.by}
        onChange={(value) => onChange({ by: value === 'configuration' ? 'configuration' : 'method' })}
      />
    </Group>
  );
}

/** Chooses among the limits that sweeps of the board had on a measure. */
function LimitSelect({ name, values, query, onChange }: BoardProps & { name: string; values: readonly number[] }) {
  const any = 'any';
  const asked = [query.atMost ?? []].flat();
  const own = asked.filter((text) => text.startsWith(`${name}=`)).map((text) => Number(text.slice(name.length + 1)));
  const others = asked.filter((text) => !text.startsWith(`${name}=`));
  const choose = (text: string | null) => {
    const next = text === null || text === any ? others : [...others, text];
    onChange({ atMost: next.length > 0 ? next : undefined });
  };
  return (
    <Select
      label={findMeasure(name)?.title ?? name}
      data={[
        { value: any, label: 'Any' },
        // A link may ask for one that no sweep had, or write it otherwise.
        ...[...new Set([...values, ...own])].map((most) => ({
          value: `${name}=${most}`,
          label: limitsText({ [name]: most }),
        })),
      ]}
      value={own[0] === undefined ? any : `${name}=${own[0]}`}
      onChange={choose}
      allowDeselect={false}
      w={230}
    />
  );
}

/** What `board` was asked for names what is drawn; `query` is the choice, whose board may still be on its way. */
function Content({ board, query, onChange }: BoardProps & { board: AskedBoard }) {
  const { by, cost: name = defaultCost } = board.asked;
  const costs = comparedMeasures.filter((measure) =>
    board.rows.some((row) => isScored(row) && costOf(row, measure) !== null),
  );
  const cost = findMeasure(name) ?? findMeasure(defaultCost)!;
  const names = useMemo(() => rowNames(board.rows, by), [board.rows, by]);
  // A board that is read again may have other rows in another order.
  const [opened, setOpened] = useState<string>();
  const open = useCallback((index: number) => setOpened(rowKey(board.rows[index]!)), [board.rows]);
  const row = opened === undefined ? -1 : board.rows.findIndex((one) => rowKey(one) === opened);
  const scored = board.rows.some(isScored);
  const elsewhere = otherBoardText(board);
  const isOfRuns = runsOf(board.task) !== undefined;
  const better = board.metric.direction === 'minimize' ? 'lower is better' : 'higher is better';
  return (
    <>
      {board.complete ? null : (
        <Alert color="blue" icon={<IconHourglass aria-hidden />} title="Not final">
          Trials of this board are still to run; places and groups may change.
        </Alert>
      )}
      {board.published ? (
        <Alert
          color="gray"
          icon={<IconQuote aria-hidden />}
          title={isOfRuns ? 'Runs trained elsewhere' : `Published results: ${board.published.source}`}
        >
          {board.published.remark}
        </Alert>
      ) : null}
      <Answers board={board} />
      {elsewhere === undefined ? null : (
        <Text size="sm" c="dimmed">
          {elsewhere}
        </Text>
      )}
      {scored ? (
        <Paper>
          <Stack gap="xs">
            <Title order={2}>
              Test {board.metric.name}{' '}
              <Text span c="dimmed" size="sm" fw={400}>
                {[better, board.scenario].filter(Boolean).join(' · ')}
              </Text>
            </Title>
            <IntervalChart board={board} names={names} onSelect={open} />
            <References board={board} />
            <OnEdges rows={board.rows} />
            <Text size="sm" c="dimmed">
              Dots are {board.published && !isOfRuns ? 'shares' : 'means over seeds'}
              {board.testExamples === null ? '' : ` on ${formatInteger(board.testExamples)} test examples`}, whiskers 95
              % intervals. <b>Rows that share a letter cannot be told apart</b> at α = {board.alpha} after Holm’s
              correction for all pairs shown. {correctionRemark(board)} {untestedRemark(board)} {seedsOnlyRemark(board)}{' '}
              {fewExamplesRemark(board)} A row opens its details: its adapter, and every other row against it.
            </Text>
          </Stack>
        </Paper>
      ) : null}
      <BoardTable board={board} names={names} by={by} onOpen={open} />
      {scored && costs.length > 0 ? (
        <Paper>
          <Stack gap="xs">
            <Group justify="space-between" align="flex-end">
              <Title order={2}>Score against {inSentence(cost.title)}</Title>
              <Select
                label="Cost"
                data={costs.map(({ name, title }) => ({ value: name, label: title }))}
                value={(findMeasure(query.cost ?? defaultCost) ?? cost).name}
                placeholder="Choose one"
                onChange={(value) => onChange({ cost: value === null || value === defaultCost ? undefined : value })}
                allowDeselect={false}
                w={170}
              />
            </Group>
            {costs.includes(cost) ? (
              <>
                <ParetoChart board={board} names={names} cost={cost} />
                <Text size="sm" c="dimmed">
                  Upright lines are 95 % intervals. Filled points lie on the{' '}
                  <Term word="Pareto front">Pareto front</Term>: no other row is better in score and{' '}
                  {directionOf(cost, board.metric.direction) === 'minimize' ? 'takes less' : 'reaches more'}.
                  {cost.predicted ? ' As measured.' : null}
                </Text>
              </>
            ) : (
              <Text>No row says its {inSentence(cost.title)}: choose another cost.</Text>
            )}
          </Stack>
        </Paper>
      ) : null}
      {scored && !board.published ? <BoardRecall board={board} names={names} /> : null}
      <RowDrawer board={board} names={names} row={row < 0 ? undefined : row} onClose={() => setOpened(undefined)} />
    </>
  );
}

/** How many winners were not tuned to an end. */
function OnEdges({ rows }: Pick<Leaderboard, 'rows'>) {
  const scored = rows.filter(isScored);
  const onEdge = scored.filter(({ edges }) => edges.length > 0).length;
  if (onEdge === 0) return null;
  return (
    <Text size="sm">
      {onEdge} of {scored.length} {scored.length === 1 ? 'row' : 'rows'} won at an <Term word="edge">edge</Term> of the
      values tried, which their details name: a value beyond may be better.
    </Text>
  );
}

/** Names the references: the dashed lines of the chart, and those that lie off it. */
function References({ board }: { board: Leaderboard }) {
  const inSight = new Set(referencesInSight(board));
  const named = (shown: boolean) =>
    board.references
      .filter((reference) => inSight.has(reference) === shown)
      .map(({ name, score }) => `${name} ${formatMetric(score)}`)
      .join(', ');
  const [drawn, beyond] = [named(true), named(false)];
  if (!drawn && !beyond) return null;
  return (
    <Text size="sm" c="dimmed">
      {drawn ? `Dashed lines are ` : null}
      {drawn ? <Term word="reference">references</Term> : null}
      {drawn ? `: ${drawn}. ` : null}
      {beyond ? `References beyond the chart: ${beyond}. ` : null}A method that is no better has learnt nothing of use.
    </Text>
  );
}
