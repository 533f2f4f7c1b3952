/** @file The trials of a sweep: filters in the address, order and pages by the server, rows drawn as they come into view. */

import { Button, Group, MultiSelect, Paper, Select, Stack, Text } from '@mantine/core';
import type { SweepDetail, TrialState } from '@rankforge/contracts';
import { mostCompared, trialStates } from '@rankforge/contracts';
import { IconColumns3, IconFilterOff, IconListSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../../components/feedback.js';
import { ButtonLink } from '../../components/links.js';
import { QueryView } from '../../components/query-view.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { type TrialFilter, trialListQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { trialStateLabels } from '../../lib/palette.js';
import { noTrialsText } from './no-trials.js';
import { TrialTable } from './trial-table.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId/trials');

const stateOptions = trialStates.map((value) => ({ value, label: trialStateLabels[value] }));

export function TrialsPanel() {
  const { sweepId } = route.useParams();
  const { compare = [], ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const sweep = useQuery(sweepQuery(sweepId));
  const query = useInfiniteQuery(trialListQuery(sweepId, filter));

  // The router would put back the place that the table was scrolled to under the filters and the order before.
  const still = { replace: true, resetScroll: false } as const;
  const change = (next: TrialFilter) => void navigate({ search: (before) => ({ ...before, ...next }), ...still });
  const more = () => void query.fetchNextPage();
  const clear = () => void navigate({ search: (before) => ({ compare: before.compare }), ...still });
  const [ticked, tick] = useTicked(compare, (ids) =>
    navigate({ search: (before) => ({ ...before, compare: ids.length > 0 ? ids : undefined }), ...still }),
  );
  const filtered = Object.entries(filter).some(([name, value]) => name !== 'sort' && value !== undefined);

  return (
    <Stack gap="md">
      {sweep.data ? (
        <Filters sweep={sweep.data} filter={filter} onChange={change} onClear={filtered ? clear : undefined} />
      ) : null}
      <Ticked ids={ticked} onClear={() => tick([])} />
      <QueryView query={query} label="trials">
        {({ pages }) => (
          <Pages
            trials={pages}
            empty={
              <Paper>
                <Empty
                  icon={IconListSearch}
                  title={filtered ? 'No trial matches' : 'No trials'}
                  action={filtered ? <Button onClick={clear}>Clear filters</Button> : null}
                >
                  {filtered ? 'Loosen the filters above.' : noTrialsText(sweep.data)}
                </Empty>
              </Paper>
            }
            list={JSON.stringify(filter)}
            sort={filter.sort}
            onSort={(sort) => change({ sort })}
            onEnd={() => {
              // The next page is asked for again by a button, where it could not be read.
              if (query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError) more();
            }}
            ticked={ticked}
            onTick={(id, isTicked) => tick(isTicked ? [...ticked, id] : ticked.filter((each) => each !== id))}
            more={query.hasNextPage}
            onRetry={query.isFetchNextPageError ? more : undefined}
          />
        )}
      </QueryView>
    </Stack>
  );
}

/**
 * The ids that the address has, or will have: a navigation is over later than the next click, which must not be of the ids before.
 *
 * @param go puts ids in the address
 */
function useTicked(inAddress: string[], go: (ids: string[]) => Promise<void>): [string[], (ids: string[]) => void] {
  const [asked, setAsked] = useState<string[]>();
  return [
    asked ?? inAddress,
    (ids) => {
      setAsked(ids);
      // The last one that was asked for is in the address then.
      void go(ids).then(() => setAsked((latest) => (latest === ids ? undefined : latest)));
    },
  ];
}

/** The trials that are ticked, and the way to them side by side. */
function Ticked({ ids, onClear }: { ids: string[]; onClear: () => void }) {
  return (
    <Group gap="sm" mih={30}>
      {ids.length > 1 ? (
        <ButtonLink
          to="/trials/compare"
          search={{ trials: ids }}
          size="xs"
          leftSection={<IconColumns3 size={15} aria-hidden />}
        >
          Compare {ids.length} trials
        </ButtonLink>
      ) : null}
      <Text size="xs" c="dimmed" aria-live="polite">
        {ids.length === 0
          ? `Tick two to ${mostCompared} trials to see them side by side.`
          : ids.length === 1
            ? 'One trial is ticked: tick another, also under other filters, to see both side by side.'
            : `${ids.length} of at most ${mostCompared} are ticked.`}
      </Text>
      {ids.length > 0 ? (
        <Button size="compact-xs" variant="default" onClick={onClear}>
          Untick
        </Button>
      ) : null}
    </Group>
  );
}

interface PagesProps {
  trials: { items: Parameters<typeof TrialTable>[0]['trials'] }[];
  empty: React.ReactNode;
  list: string;
  sort: TrialFilter['sort'];
  onSort: (sort: TrialFilter['sort']) => void;
  onEnd: () => void;
  ticked: readonly string[];
  onTick: (id: string, isTicked: boolean) => void;
  more: boolean;
  /** Asks again for the page behind the last one shown; there where that could not be read. */
  onRetry: (() => void) | undefined;
}

function Pages({ trials: pages, empty, more, onRetry, ...table }: PagesProps) {
  const trials = useMemo(() => pages.flatMap((page) => page.items), [pages]);
  if (trials.length === 0) return empty;
  return (
    <Stack gap="xs">
      <TrialTable trials={trials} {...table} />
      <Group gap="sm">
        <Text size="xs" c="dimmed" aria-live="polite">
          {formatInteger(trials.length)} trials loaded
          {onRetry ? '; the next ones could not be read' : more ? '; scroll down for more' : ''}
        </Text>
        {onRetry ? (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}

interface FiltersProps {
  sweep: SweepDetail;
  filter: TrialFilter;
  onChange: (filter: TrialFilter) => void;
  onClear: (() => void) | undefined;
}

function Filters({ sweep, filter, onChange, onClear }: FiltersProps) {
  const { spec } = sweep;
  const methods = distinct(spec.methods.map(({ name }) => name));
  const optimizers = distinct(spec.methods.map(({ optimizer }) => optimizer));
  const ranks = distinct(
    [spec.rank, ...spec.methods.map(({ rank }) => rank ?? [])].flatMap((axis) =>
      axis === 'max' || 'min' in axis ? [] : axis,
    ),
  );
  return (
    <Group gap="sm" align="flex-end">
      <MultiSelect
        label="State"
        placeholder={filter.state?.length ? undefined : 'Any'}
        data={stateOptions}
        value={filter.state ?? []}
        onChange={(values) => onChange({ state: values.length > 0 ? (values as TrialState[]) : undefined })}
        clearable
        miw={190}
        maw={380}
      />
      <Choice label="Method" values={methods} value={filter.method} onChange={(method) => onChange({ method })} />
      {optimizers.length > 1 ? (
        <Choice
          label="Optimizer"
          values={optimizers}
          value={filter.optimizer}
          onChange={(optimizer) => onChange({ optimizer })}
        />
      ) : null}
      <Choice
        label="Rank"
        values={ranks.map(String)}
        value={filter.rank?.toString()}
        onChange={(rank) => onChange({ rank: toNumber(rank) })}
      />
      <Choice
        label="Seed"
        values={spec.seed.map(String)}
        value={filter.seed?.toString()}
        onChange={(seed) => onChange({ seed: toNumber(seed) })}
      />
      {onClear ? (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={onClear}>
          Clear
        </Button>
      ) : null}
    </Group>
  );
}

interface ChoiceProps {
  label: string;
  values: string[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function Choice({ label, values, value, onChange }: ChoiceProps) {
  return (
    <Select
      label={label}
      placeholder="Any"
      data={values}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      clearable
      searchable={values.length > 8}
      w={132}
    />
  );
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
