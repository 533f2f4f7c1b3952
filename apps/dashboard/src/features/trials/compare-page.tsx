/** @file Trials side by side: in what they differ, what came of them, on which examples, and their curves. */
import { Button, Group, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { comparedExport, comparedTrials, mostCompared, type TrialDetail } from '@rankforge/contracts';
import { IconColumns3 } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty, Failure, Loading } from '../../components/feedback.js';
import { ButtonLink, TextLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { SaveMenu } from '../../components/save-menu.js';
import { trialQuery } from '../../lib/api/trials.js';
import { formats } from '../../lib/measure-formats.js';
import { useLive } from '../../lib/use-live.js';
import { AddTrial } from './add-trial.js';
import { CompareCurves } from './compare-curves.js';
import { CompareExamples } from './compare-examples.js';
import { CompareTable } from './compare-table.js';

const route = getRouteApi('/signed-in/trials/compare');

export function ComparePage() {
  const { trials: asked } = route.useSearch();
  const navigate = route.useNavigate();
  const ids = [...new Set(asked)];
  const queries = useQueries({ queries: ids.map(trialQuery) });
  const trials = queries.flatMap(({ data }) => data ?? []);
  const choose = (trialIds: string[]) =>
    void navigate({ search: (before) => ({ ...before, trials: trialIds }), replace: true, resetScroll: false });
  const leaveOut = (id: string) => choose(ids.filter((each) => each !== id));
  // A trial that cannot be read is asked for again by events: what is there stays meanwhile.
  const isLoading = queries.some(({ isFetched }) => !isFetched);
  const sweepId = sweepOf(trials);
  useLive(sweepId);
  const isReady = !isLoading && trials.length > 1;
  return (
    <Page
      title={isReady ? `${trials.length} trials side by side` : 'Trials side by side'}
      description="Settings in which trials differ, what came of them, the examples on which they differ, and their curves. The address has the choice: it can be sent to others."
      actions={
        isReady ? (
          <SaveMenu
            fileIn={(format) => comparedExport(trials, format, formats)}
            nameWith={(extension) => `trials-${trials.map(({ ordinal }) => ordinal).join('-')}.${extension}`}
          />
        ) : null
      }
    >
      <Stack gap="lg">
        {ids.length < mostCompared ? <AddTrial onAdd={(id) => choose([...ids, id])} /> : null}
        {queries.map(({ error, data, refetch }, at) =>
          error && data === undefined ? (
            <Failure
              key={ids[at]}
              error={error}
              onRetry={() => void refetch()}
              action={
                <Button size="xs" variant="default" onClick={() => leaveOut(ids[at]!)}>
                  Leave it out
                </Button>
              }
            />
          ) : null,
        )}
        {isLoading ? (
          <Loading label="trials" />
        ) : isReady ? (
          <Comparison trials={trials} sweepId={sweepId} onLeaveOut={leaveOut} />
        ) : (
          <TooFew trial={trials[0]} />
        )}
      </Stack>
    </Page>
  );
}

function TooFew({ trial }: { trial: TrialDetail | undefined }) {
  return (
    <Paper>
      <Empty
        icon={IconColumns3}
        title={trial ? 'One trial is chosen' : 'No trial is chosen'}
        action={
          trial && !trial.keptFor ? (
            <ButtonLink
              to="/sweeps/$sweepId/trials"
              params={{ sweepId: trial.sweepId }}
              search={{ compare: [trial.id] }}
            >
              Trials of its sweep
            </ButtonLink>
          ) : (
            <ButtonLink to="/sweeps">Sweeps</ButtonLink>
          )
        }
      >
        Tick two to {mostCompared} trials on the tab Trials of a sweep, or add them here by their ids.
      </Empty>
    </Paper>
  );
}

/** The sweep that all are of; one that was removed has neither a board nor events. */
function sweepOf(trials: readonly TrialDetail[]): string | undefined {
  const sweeps = new Set(trials.map(({ sweepId }) => sweepId));
  const [{ sweepId, keptFor } = {}] = trials;
  return sweeps.size === 1 && !keptFor ? sweepId : undefined;
}

interface ComparisonProps {
  trials: readonly TrialDetail[];
  /** The sweep that all are of. */
  sweepId: string | undefined;
  onLeaveOut: (id: string) => void;
}

function Comparison({ trials, sweepId, onLeaveOut }: ComparisonProps) {
  const { alike = false } = route.useSearch();
  const navigate = route.useNavigate();
  const rows = comparedTrials(trials);
  const settings = rows.filter(({ part, differs }) => part === 'setting' && (alike || differs));
  const results = rows.filter(({ part }) => part === 'result');
  return (
    <>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>Settings</Title>
          <Switch
            label="Show equal settings too"
            checked={alike}
            onChange={({ currentTarget: { checked } }) =>
              void navigate({
                search: (before) => ({ ...before, alike: checked || undefined }),
                replace: true,
                resetScroll: false,
              })
            }
          />
        </Group>
        {settings.length > 0 ? (
          <CompareTable label="Settings" trials={trials} rows={settings} onLeaveOut={onLeaveOut} />
        ) : (
          <Text size="sm">They differ in no setting.</Text>
        )}
      </Stack>
      <Stack gap="sm">
        <Title order={2}>Results</Title>
        <CompareTable label="Results" trials={trials} rows={results} onLeaveOut={onLeaveOut} />
        <Text size="sm" c="dimmed">
          A trial is one training: a difference of two may be that of their seeds.{' '}
          {sweepId === undefined ? (
            'Which methods differ is said on boards, over seeds and examples.'
          ) : (
            <>
              Which methods differ is said on{' '}
              <TextLink to="/sweeps/$sweepId/leaderboard" params={{ sweepId }} size="sm">
                the board of their sweep
              </TextLink>
              , over seeds and examples.
            </>
          )}
        </Text>
      </Stack>
      <Stack gap="sm">
        <Title order={2}>Examples</Title>
        <CompareExamples trials={trials} />
      </Stack>
      <Stack gap="sm">
        <Title order={2}>Curves</Title>
        <CompareCurves trials={trials} />
      </Stack>
    </>
  );
}
