import { Alert, Group, Paper, Spoiler, Stack, Tabs, Text } from '@mantine/core';
import { defaultSweepKind, enginesOf, type SweepDetail } from '@rankforge/contracts';
import { IconHourglass } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { TextLink } from '../../components/links.js';
import { Figure, Figures, Page } from '../../components/page.js';
import { ProgressByState } from '../../components/progress-by-state.js';
import { QueryView } from '../../components/query-view.js';
import { SweepStateBadge } from '../../components/state-badge.js';
import { Ago } from '../../components/time.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { formatDuration, formatInteger, formatPercent } from '../../lib/format.js';
import { doneCount } from '../../lib/progress.js';
import { useLive } from '../../lib/use-live.js';
import { Dependencies } from './dependencies.js';
import { ReportMenu } from './report-menu.js';
import { SweepActions } from './sweep-actions.js';
import { SweepTags } from './sweep-tags.js';

const route = getRouteApi('/signed-in/sweeps/$sweepId');

const tabs = [
  { value: 'curves', label: 'Curves', to: '/sweeps/$sweepId/curves' },
  { value: 'trials', label: 'Trials', to: '/sweeps/$sweepId/trials' },
  { value: 'leaderboard', label: 'Leaderboard', to: '/sweeps/$sweepId/leaderboard' },
  { value: 'settings', label: 'Settings', to: '/sweeps/$sweepId/settings' },
  { value: 'configuration', label: 'Configuration', to: '/sweeps/$sweepId/configuration' },
] as const;

export function SweepPage() {
  const { sweepId } = route.useParams();
  useLive(sweepId);
  const query = useQuery(sweepQuery(sweepId));
  const sweep = query.data;
  return (
    <Page
      title={sweep?.name ?? 'Sweep'}
      description={
        sweep ? (
          <Group gap="sm">
            <SweepStateBadge state={sweep.state} waits={sweep.waitsFor !== null} draining={sweep.draining} />
            <span>
              {sweep.kind === defaultSweepKind ? '' : `${sweep.kind}: `}
              {sweep.task} on {sweep.base} · {enginesOf(sweep.spec).join(', ')}
            </span>
            <span>
              created <Ago at={sweep.createdAt} />
            </span>
            <SweepTags tags={sweep.tags} />
          </Group>
        ) : null
      }
      actions={
        sweep ? (
          <Group gap="xs" wrap="nowrap">
            <ReportMenu sweepId={sweepId} />
            <SweepActions sweep={sweep} />
          </Group>
        ) : null
      }
    >
      <QueryView query={query} label="sweep">
        {(data) => (
          <>
            {data.reason ? (
              <Alert color="orange" title={data.state === 'RUNNING' ? 'Waits' : 'Paused by the platform'}>
                {data.reason}
              </Alert>
            ) : null}
            {data.waitsFor ? <Waits {...data.waitsFor} /> : null}
            {data.note ? <Note text={data.note} /> : null}
            <Progress sweep={data} />
            <Dependencies sweepId={sweepId} />
            <SweepTabs sweepId={sweepId} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Note({ text }: { text: string }) {
  return (
    <Paper component="section" aria-label="Note">
      <Spoiler maxHeight={120} showLabel="Whole note" hideLabel="Less" fz="sm">
        <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      </Spoiler>
    </Paper>
  );
}

function Waits({ sweepId, sweepName, trialId, state }: NonNullable<SweepDetail['waitsFor']>) {
  return (
    <Alert color="blue" title="Waits for another sweep" icon={<IconHourglass aria-hidden />}>
      It starts from {trialId === null ? 'the best model' : 'a model'} of{' '}
      <TextLink to="/sweeps/$sweepId" params={{ sweepId }} size="sm">
        {sweepName}
      </TextLink>
      {trialId === null ? '' : ` (training ${trialId})`}, which is {state.toLowerCase()}, and goes on by itself when
      that has ended.
    </Alert>
  );
}

function Progress({ sweep }: { sweep: SweepDetail }) {
  const done = doneCount(sweep.trials);
  const fraction = sweep.total === 0 ? 0 : done / sweep.total;
  return (
    <Paper>
      <Stack gap="md">
        <Figures>
          <Figure label="Trials done">
            {formatInteger(done)} of {formatInteger(sweep.total)} ({formatPercent(fraction)})
          </Figure>
          {sweep.finishedAt ? (
            <Figure label="Took">
              {formatDuration((Date.parse(sweep.finishedAt) - Date.parse(sweep.createdAt)) / 1000)}
            </Figure>
          ) : (
            <Figure label="Time left" hint="For the steps and test scores that are left, from the pace so far">
              {sweep.state === 'RUNNING' ? formatDuration(sweep.etaSeconds) : '–'}
            </Figure>
          )}
          <Figure label="Optimizer steps">
            {formatInteger(sweep.stepsDone)} of {formatInteger(sweep.stepsTotal)}
          </Figure>
          {sweep.scorings.total > 0 ? (
            <Figure label="Test scores" hint="Chosen configurations whose test split is read, once for each seed">
              {formatInteger(sweep.scorings.done)} of {formatInteger(sweep.scorings.total)}
            </Figure>
          ) : null}
          <Figure label="Reused" hint="Results taken from earlier trials with the same settings">
            {formatInteger(sweep.known)}
          </Figure>
          {sweep.implied > 0 ? (
            <Figure label="Implied, not run" hint="Over budget because a smaller rank did not fit">
              {formatInteger(sweep.implied)}
            </Figure>
          ) : null}
        </Figures>
        <ProgressByState trials={sweep.trials} total={sweep.total} legend />
        {sweep.uncreated > 0 ? (
          <Text size="xs" c="dimmed">
            {formatInteger(sweep.uncreated)} further trials of the plan{' '}
            {sweep.state === 'CANCELLED' ? 'were never created.' : 'are created as these are taken.'}
          </Text>
        ) : null}
      </Stack>
    </Paper>
  );
}

function SweepTabs({ sweepId }: { sweepId: string }) {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const current = tabs.find(({ value }) => path.endsWith(`/${value}`)) ?? tabs[0];
  return (
    <Stack gap="md">
      <Tabs
        value={current.value}
        onChange={(value) => {
          const tab = tabs.find((candidate) => candidate.value === value);
          if (tab) void navigate({ to: tab.to, params: { sweepId } });
        }}
      >
        <div className="rf-scroll" style={{ overflowY: 'hidden' }}>
          <Tabs.List style={{ flexWrap: 'nowrap' }} aria-label="Views of the sweep">
            {tabs.map(({ value, label }) => (
              <Tabs.Tab key={value} value={value} style={{ flex: 'none' }}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </div>
        <Tabs.Panel value={current.value} pt="md">
          <Outlet />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
