/** @file Test examples of trials side by side: how often who is right, and the examples on which they differ. */
import { Group, NativeSelect, Paper, Stack, Text } from '@mantine/core';
import {
  comparedNames,
  type ExampleComparison,
  mcnemarCaution,
  patternText,
  type SeedGroup,
  seedGroups,
  type TrialDetail,
  testExamplesCaution,
} from '@rankforge/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { MoreButton } from '../../components/more-button.js';
import { QueryView } from '../../components/query-view.js';
import { comparedExamplesQuery, exampleCountsQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { AgreementTable, PatternTable } from './example-counts.js';
import { ExampleTable } from './example-table.js';

const route = getRouteApi('/signed-in/trials/compare');

export function CompareExamples({ trials }: { trials: readonly TrialDetail[] }) {
  const ids = trials.map(({ id }) => id);
  const query = useQuery(exampleCountsQuery(ids));
  const all = comparedNames(trials);
  const nameOf = (id: string) => all[ids.indexOf(id)] ?? id;
  return (
    <QueryView query={query} label="examples">
      {({ compared, none, left }) => (
        <Stack gap="sm">
          {compared ? (
            <Counted
              ids={ids}
              compared={compared}
              names={compared.trials.map(({ id }) => nameOf(id))}
              groups={seedGroups(compared.trials.map(({ id }) => trials[ids.indexOf(id)]!))}
            />
          ) : (
            <Text size="sm">Examples are not compared. {none}.</Text>
          )}
          {left.map(({ id, reason }) => (
            <Text key={id} size="sm" c="dimmed">
              {nameOf(id)} is left out: {reason}.
            </Text>
          ))}
        </Stack>
      )}
    </QueryView>
  );
}

interface CountedProps {
  ids: readonly string[];
  compared: ExampleComparison;
  /** Of the trials that are compared. */
  names: readonly string[];
  groups: readonly SeedGroup[];
}

function Counted({ ids, compared, names, groups }: CountedProps) {
  const { which } = useChoice(compared);
  const choose = useChoose();
  const { examples, differ, metric, patterns } = compared;
  return (
    <>
      <Text size="sm" c="dimmed">
        {metric.name} of {formatInteger(examples)} test examples, of which they differ on {formatInteger(differ)}.
      </Text>
      {patterns ? (
        <PatternTable
          patterns={patterns}
          {...{ examples, names, which }}
          onChoose={(pattern) => choose({ which: pattern })}
        />
      ) : null}
      <AgreementTable compared={compared} names={names} />
      {patterns ? (
        <Text size="sm" c="dimmed">
          {mcnemarCaution}
        </Text>
      ) : null}
      <Listed {...{ ids, compared, names, groups }} />
    </>
  );
}

/** The choice of the address, where these trials have it. */
function useChoice({ patterns, trials }: ExampleComparison) {
  const { which, ahead } = route.useSearch();
  const isKnown =
    which === 'differ' || (patterns !== null && (/^[a-z]/.test(which ?? '') || which?.length === trials.length));
  return {
    which: isKnown ? which : undefined,
    ahead: trials.some(({ id }) => id === ahead) ? ahead : undefined,
  };
}

function useChoose() {
  const navigate = route.useNavigate();
  return (choice: { which?: string | undefined; ahead?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...choice }), replace: true, resetScroll: false });
}

function Listed({ ids, compared, names, groups }: CountedProps) {
  const { which, ahead } = useChoice(compared);
  const choose = useChoose();
  const query = useInfiniteQuery(comparedExamplesQuery(ids, { which, ahead }));
  const { patterns, trials } = compared;
  const alone = names.map((_, at) => names.map((__, other) => Number(other === at)).join(''));
  const rightOrWrong = [
    { value: 'right', label: 'All are right' },
    { value: 'wrong', label: 'All are wrong' },
    ...alone.map((pattern) => ({ value: pattern, label: `Right: ${patternText(pattern, names)}` })),
  ];
  const others = (patterns ?? [])
    .filter(({ pattern }) => pattern.includes('0') && pattern.includes('1') && !alone.includes(pattern))
    .map(({ pattern }) => ({ value: pattern, label: `Right: ${patternText(pattern, names)}` }));
  return (
    <>
      <Text size="sm" c="dimmed">
        {testExamplesCaution}
      </Text>
      <Group align="flex-end">
        <NativeSelect
          label="Which examples"
          value={which ?? ''}
          data={[
            { value: '', label: 'All' },
            { value: 'differ', label: 'They differ' },
            ...(patterns ? [...rightOrWrong, ...others] : []),
          ]}
          onChange={({ currentTarget: { value } }) => choose({ which: value || undefined })}
        />
        <NativeSelect
          label="Order"
          value={ahead ?? ''}
          data={[
            { value: '', label: 'Furthest apart first' },
            ...trials.map(({ id }, at) => ({ value: id, label: `${names[at]} furthest ahead first` })),
          ]}
          onChange={({ currentTarget: { value } }) => choose({ ahead: value || undefined })}
        />
      </Group>
      <QueryView query={query} label="examples">
        {({ pages }) => {
          const shown = pages.flatMap((page) => page.compared ?? []);
          const items = shown.flatMap((page) => page.items);
          const { found = 0, withheld } = shown[0] ?? {};
          return (
            <Paper>
              <Stack gap="sm">
                <Text size="sm" c="dimmed">
                  {formatInteger(items.length)} of {formatInteger(found)} examples.
                  {withheld === undefined ? '' : ` ${withheld}.`}
                </Text>
                {items.length > 0 ? (
                  <ExampleTable {...{ items, names, groups }} isRightOrWrong={patterns !== null} />
                ) : null}
                <MoreButton query={query}>Show more examples</MoreButton>
              </Stack>
            </Paper>
          );
        }}
      </QueryView>
    </>
  );
}
