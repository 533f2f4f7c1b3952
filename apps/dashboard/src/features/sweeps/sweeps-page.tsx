import { Box, Group, MultiSelect, Paper, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { defaultSweepKind, longestSweepName, type SweepView, sweepStates, tagsAtMost } from '@rankforge/contracts';
import { IconListDetails, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { FirstSteps } from '../../components/first-steps.js';
import { ButtonLink, TextLink } from '../../components/links.js';
import { MoreButton } from '../../components/more-button.js';
import { Page } from '../../components/page.js';
import { ProgressByState } from '../../components/progress-by-state.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { SearchField } from '../../components/search-field.js';
import { SweepStateBadge } from '../../components/state-badge.js';
import { Ago } from '../../components/time.js';
import { type SweepFilter, sweepListQuery, sweepTagsQuery } from '../../lib/api/sweeps.js';
import { formatDuration, formatInteger } from '../../lib/format.js';
import { sweepStateLabels } from '../../lib/palette.js';
import { doneCount } from '../../lib/progress.js';
import { useLive } from '../../lib/use-live.js';
import { SweepActions } from './sweep-actions.js';
import { SweepTags } from './sweep-tags.js';

const route = getRouteApi('/signed-in/sweeps');

type StateChoice = SweepView['state'] | 'ANY';

const stateChoices: { value: StateChoice; label: string }[] = [
  { value: 'ANY', label: 'All' },
  ...sweepStates.map((value) => ({ value, label: sweepStateLabels[value] })),
];

export function SweepsPage() {
  useLive();
  const filter = route.useSearch();
  const { state = 'ANY', search = '', tag = [] } = filter;
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(sweepListQuery(filter));
  const change = (next: SweepFilter) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  return (
    <Page
      title="Sweeps"
      description="A sweep trains every combination of methods, ranks, learning rates, seeds and memory budgets."
      actions={
        <ButtonLink to="/sweeps/new" hiddenFrom="md" leftSection={<IconPlus size={16} aria-hidden />}>
          New sweep
        </ButtonLink>
      }
    >
      <Group gap="sm">
        <div className="rf-scroll">
          <SegmentedControl
            data={stateChoices}
            value={state}
            onChange={(chosen) => change({ state: chosen === 'ANY' ? undefined : chosen })}
            aria-label="State of the sweeps"
          />
        </div>
        <SearchField
          label="Search sweeps"
          placeholder="Name, task, base model, note"
          maxLength={longestSweepName}
          value={search}
          onSettle={(text) => change({ search: text === '' ? undefined : text })}
        />
        <TagFilter value={tag} onChange={(tags) => change({ tag: tags.length > 0 ? tags : undefined })} />
      </Group>
      <QueryView query={query} label="sweeps">
        {({ pages }) => {
          const sweeps = pages.flatMap((page) => page.items);
          const isFiltered = state !== 'ANY' || search !== '' || tag.length > 0;
          return sweeps.length === 0 ? (
            <NoSweeps filtered={isFiltered} />
          ) : (
            <Stack align="center">
              <ScrollFrame label="Sweeps" w="100%">
                <SweepTable sweeps={sweeps} filter={filter} />
              </ScrollFrame>
              <MoreButton query={query}>Show more</MoreButton>
            </Stack>
          );
        }}
      </QueryView>
    </Page>
  );
}

/** Nothing where no sweep has a tag. */
function TagFilter({ value, onChange }: { value: string[]; onChange: (tags: string[]) => void }) {
  const known = useQuery(sweepTagsQuery);
  const tags = known.data?.tags ?? [];
  if (tags.length === 0 && value.length === 0) return null;
  const uses = new Map(tags.map(({ tag, sweeps }) => [tag, sweeps]));
  return (
    <MultiSelect
      aria-label="Tags of the sweeps"
      placeholder={value.length > 0 ? undefined : 'Any tag'}
      data={[...new Set([...uses.keys(), ...value])]}
      renderOption={({ option }) => `${option.value} (${formatInteger(uses.get(option.value) ?? 0)})`}
      value={value}
      onChange={onChange}
      maxValues={tagsAtMost}
      searchable
      clearable
      w={280}
      maw="100%"
    />
  );
}

function NoSweeps({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Paper>
      <Empty icon={IconListDetails} title="No sweep matches">
        Choose another state, another text or other tags above.
      </Empty>
    </Paper>
  ) : (
    <FirstSteps />
  );
}

function SweepTable({ sweeps, filter }: { sweeps: SweepView[]; filter: SweepFilter }) {
  return (
    <Table highlightOnHover miw={820} aria-label="Sweeps">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Sweep</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th w="26%">Trials</Table.Th>
          <Table.Th className="rf-number">Time left</Table.Th>
          <Table.Th>Created</Table.Th>
          <Table.Th>
            <span className="rf-visually-hidden">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {sweeps.map((sweep) => (
          <Table.Tr key={sweep.id}>
            <Table.Td>
              <TextLink
                to="/sweeps/$sweepId"
                params={{ sweepId: sweep.id }}
                fw={600}
                size="sm"
                c="var(--mantine-color-anchor)"
              >
                {sweep.name}
              </TextLink>
              <Text size="xs" c="dimmed">
                {sweep.kind === defaultSweepKind ? '' : `${sweep.kind} · `}
                {sweep.task} · {sweep.base}
              </Text>
              {sweep.note ? (
                <Text size="xs" c="dimmed" fs="italic" lineClamp={1} maw={420} title={sweep.note}>
                  {sweep.note}
                </Text>
              ) : null}
              <Box mt={4}>
                <SweepTags tags={sweep.tags} filter={filter} />
              </Box>
            </Table.Td>
            <Table.Td>
              <SweepStateBadge state={sweep.state} waits={sweep.waitsFor !== null} draining={sweep.draining} />
            </Table.Td>
            <Table.Td>
              <ProgressByState trials={sweep.trials} total={sweep.total} />
              <Text size="xs" c="dimmed" mt={4} className="rf-numbers">
                {formatInteger(doneCount(sweep.trials))} of {formatInteger(sweep.total)} done
                {sweep.trials.FAILED > 0 ? ` · ${formatInteger(sweep.trials.FAILED)} failed` : ''}
              </Text>
            </Table.Td>
            <Table.Td className="rf-number">
              {sweep.state === 'RUNNING' ? formatDuration(sweep.etaSeconds) : '–'}
            </Table.Td>
            <Table.Td>
              <Ago at={sweep.createdAt} />
            </Table.Td>
            <Table.Td ta="right">
              <SweepActions sweep={sweep} compact />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
