import { Alert, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { limitsText, namedParts, scenarioName, type TrialDetail, trialKindOf } from '@rankforge/contracts';
import { IconColumns3, IconLink, IconRulerMeasure, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Fragment } from 'react';
import { JsonView } from '../../components/json-view.js';
import { ButtonLink, TextLink } from '../../components/links.js';
import { Figure, Figures, Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { TrialStateBadge } from '../../components/state-badge.js';
import { ProblemError } from '../../lib/api/client.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { trialQuery } from '../../lib/api/trials.js';
import { formatDuration, formatInteger, formatLearningRate, formatMetric, formatMiB } from '../../lib/format.js';
import { useLive } from '../../lib/use-live.js';
import { AdapterDownloads } from './adapter-downloads.js';
import { Artifacts } from './artifacts.js';
import { Attempts } from './attempts.js';
import { ChosenExamples } from './chosen-examples.js';
import { ClientTurns } from './client-turns.js';
import { FederationView } from './federation-view.js';
import { LearnedPropensities } from './learned-propensities.js';
import { removedSweep } from './removed-sweep.js';
import { TrialAnswers } from './trial-answers.js';
import { TrialCurves } from './trial-curves.js';
import { TrialLogView } from './trial-log.js';
import { MeasureFigures } from './trial-measures.js';
import { TrialMemory } from './trial-memory.js';
import { TrialPlaces } from './trial-places.js';
import { WrittenTexts } from './written-texts.js';

const route = getRouteApi('/signed-in/trials/$trialId');

/** Titles of reasons of a trial, by its state, where it did not fail. */
const titlesOfReasons: Partial<Record<TrialDetail['state'], string>> = {
  OVER_BUDGET: 'It does not fit the budget',
  QUEUED: 'Why it does not begin',
};

export function TrialPage() {
  const { trialId } = route.useParams();
  const query = useQuery(trialQuery(trialId));
  const trial = query.data;
  return (
    <Page
      title={trial ? `Trial ${trial.ordinal}: ${trial.method}` : 'Trial'}
      heading={trial ? <Heading trial={trial} /> : undefined}
      within={trial && !trial.keptFor ? <SweepLink id={trial.sweepId} /> : null}
      description={trial ? <Summary trial={trial} /> : null}
      actions={
        trial ? (
          <ButtonLink
            {...comparison(trial)}
            variant="default"
            size="xs"
            leftSection={<IconColumns3 size={15} aria-hidden />}
          >
            Compare with others
          </ButtonLink>
        ) : null
      }
    >
      <QueryView query={query} label="trial">
        {(data) => <Trial trial={data} />}
      </QueryView>
    </Page>
  );
}

/** The place at which others are chosen beside a trial: the list of its sweep, unless that was removed. */
const comparison = ({ id, sweepId, keptFor }: TrialDetail) =>
  keptFor
    ? ({ to: '/trials/compare', search: { trials: [id] } } as const)
    : ({ to: '/sweeps/$sweepId/trials', params: { sweepId }, search: { compare: [id] } } as const);

function Heading({ trial }: { trial: TrialDetail }) {
  const parts = [
    ...namedParts(trial),
    ...(trial.rank === null ? [] : [`rank ${trial.rank}`]),
    ...(trial.learningRate === null ? [] : [`lr ${formatLearningRate(trial.learningRate)}`]),
    `seed ${trial.seed}`,
  ];
  return <>{parts.join(' · ')}</>;
}

function Summary({ trial }: { trial: TrialDetail }) {
  return (
    <Group gap="sm">
      <TrialStateBadge state={trial.state} />
      <span>
        {trialKindOf(trial.kind).title ?? `Trial ${formatInteger(trial.ordinal)}`}
        {trial.keptFor ? ` of ${removedSweep}` : ''}
      </span>
      <span>
        {trial.task} on {trial.base} · {trial.engine} · budget {formatMiB(trial.memoryBudgetMiB)}
        {trial.limits ? `, ${limitsText(trial.limits)}` : ''}
        {trial.spec.federation ? ` · ${scenarioName(trial.spec.federation)}` : ''}
      </span>
    </Group>
  );
}

function SweepLink({ id }: { id: string }) {
  const sweep = useQuery(sweepQuery(id));
  // It was removed since the trial was read.
  if (sweep.error instanceof ProblemError && sweep.error.status === 404) return removedSweep;
  return (
    <TextLink to="/sweeps/$sweepId" params={{ sweepId: id }} size="xs" underline="hover" c="dimmed">
      {sweep.data?.name ?? 'its sweep'}
    </TextLink>
  );
}

function Trial({ trial }: { trial: TrialDetail }) {
  useLive(trial.sweepId);
  return (
    <Stack gap="lg">
      <Notes trial={trial} />
      <KeyFigures trial={trial} />
      <Stack gap="sm">
        <Title order={2}>Curves</Title>
        <TrialCurves trial={trial} />
      </Stack>
      <FederationView trial={trial} />
      <TrialAnswers trial={trial} />
      <ChosenExamples result={trial.result} />
      <LearnedPropensities result={trial.result} />
      <TrialPlaces trial={trial} />
      <WrittenTexts trial={trial} />
      {trialKindOf(trial.kind).parts ? (
        <ClientTurns trialId={trial.id} names={(trial.result?.federation?.clients ?? []).map(({ name }) => name)} />
      ) : null}
      <Stack gap="sm">
        <Title order={2}>Memory by part</Title>
        <TrialMemory trial={trial} />
      </Stack>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Stack gap="sm" miw={0}>
          <Title order={2}>Attempts</Title>
          <Attempts attempts={trial.attemptList} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Title order={2}>Artifacts</Title>
          <AdapterDownloads trial={trial} />
          <Artifacts artifacts={trial.artifacts} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Title order={2}>Configuration</Title>
          <JsonView value={trial.spec} label="configuration" />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Title order={2}>Log</Title>
          <TrialLogView trialId={trial.id} />
        </Stack>
      </SimpleGrid>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        Id <span className="rf-mono">{trial.id}</span> · key <span className="rf-mono">{trial.key}</span>
      </Text>
    </Stack>
  );
}

function Notes({ trial }: { trial: TrialDetail }) {
  return (
    <>
      {trial.keptFor ? (
        <Alert color="yellow" icon={<IconTrash aria-hidden />} title="The sweep of this trial was removed">
          The trial stays as long as other sweeps show its result:{' '}
          {trial.keptFor.map(({ id, name }, index) => (
            <Fragment key={id}>
              {index > 0 ? ', ' : ''}
              <TextLink to="/sweeps/$sweepId" params={{ sweepId: id }} size="sm" c="inherit">
                {name}
              </TextLink>
            </Fragment>
          ))}
          .
        </Alert>
      ) : null}
      {trial.leaderId ? (
        <Alert color="blue" icon={<IconLink aria-hidden />} title="The result comes from another trial">
          The same configuration, data, base and seed had been computed before, or is being computed, by{' '}
          <TextLink to="/trials/$trialId" params={{ trialId: trial.leaderId }} size="sm" c="inherit">
            this trial
          </TextLink>
          ; its curves and artifacts are there.
        </Alert>
      ) : null}
      {trial.scoresTrialId ? (
        <Alert color="blue" icon={<IconLink aria-hidden />} title="This trial reads the test split">
          It scores the adapter trained by{' '}
          <TextLink to="/trials/$trialId" params={{ trialId: trial.scoresTrialId }} size="sm" c="inherit">
            this trial
          </TextLink>
          .
        </Alert>
      ) : null}
      {trial.partOf ? (
        <Alert color="blue" icon={<IconLink aria-hidden />} title="This trial is a part of a federation">
          It trains client {trial.partOf.client + 1} in round {trial.partOf.round} of{' '}
          <TextLink to="/trials/$trialId" params={{ trialId: trial.partOf.trialId }} size="sm" c="inherit">
            this trial
          </TextLink>
          {trial.partOf.site === null ? '' : `, on a worker that holds ${trial.partOf.site}`}.
        </Alert>
      ) : null}
      {trial.reason ? (
        <Alert
          color={titlesOfReasons[trial.state] ? 'yellow' : 'red'}
          icon={<IconRulerMeasure aria-hidden />}
          title={titlesOfReasons[trial.state] ?? 'Why it ended so'}
        >
          {trial.reason}
          {trial.impliedById ? (
            <>
              {' '}
              (implied by{' '}
              <TextLink to="/trials/$trialId" params={{ trialId: trial.impliedById }} size="sm" c="inherit">
                this trial
              </TextLink>
              )
            </>
          ) : null}
        </Alert>
      ) : null}
    </>
  );
}

function KeyFigures({ trial }: { trial: TrialDetail }) {
  const { result, spec } = trial;
  const part =
    spec.validationExamples === undefined ? '' : ` of at most ${formatInteger(spec.validationExamples)} examples`;
  const scores = [
    ...Object.entries(result?.validation ?? {}).map(([name, value]) => ({ label: `Validation ${name}${part}`, value })),
    ...Object.entries(result?.test ?? {}).map(([name, value]) => ({ label: `Test ${name}`, value })),
  ];
  return (
    <Paper>
      <Figures>
        <Figure label="Step">
          {formatInteger(trial.step)} of {formatInteger(trial.steps)}
        </Figure>
        <Figure label="Training loss">{formatMetric(trial.loss)}</Figure>
        {scores.map(({ label, value }) => (
          <Figure key={label} label={label}>
            {formatMetric(value)}
          </Figure>
        ))}
        <MeasureFigures trial={trial} />
        <Figure label="Took">{formatDuration(result?.seconds)}</Figure>
      </Figures>
    </Paper>
  );
}
