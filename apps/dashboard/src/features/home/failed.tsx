import { Text } from '@mantine/core';
import { namedParts, type SweepView } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { TextLink } from '../../components/links.js';
import { Ago } from '../../components/time.js';
import { foundTrialsQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import classes from './home-page.module.css';
import { HomeSection } from './home-section.js';

const shownAtMost = 3;

/** The trials that failed last, each with its reason. Nothing where none failed. */
export function Failed({ sweeps }: { sweeps: readonly SweepView[] }) {
  const withFailed = sweeps.filter(({ trials }) => trials.FAILED > 0);
  const failed = useQuery({
    ...foundTrialsQuery({ state: ['FAILED'] }, shownAtMost),
    enabled: withFailed.length > 0,
  });
  if (withFailed.length === 0) return null;
  return (
    <HomeSection title="Failed" errors={[failed.error]}>
      <ul className={classes.list}>
        {(failed.data ?? []).map((trial) => (
          <li key={trial.id}>
            <TextLink to="/trials/$trialId" params={{ trialId: trial.id }} size="sm" fw={600}>
              {[
                ...namedParts(trial),
                ...(trial.rank === null ? [] : [`rank ${trial.rank}`]),
                `seed ${trial.seed}`,
              ].join(' · ')}
            </TextLink>
            <Text size="xs" lineClamp={3} style={{ overflowWrap: 'anywhere' }}>
              {trial.reason ?? 'The log of the trial says more.'}
            </Text>
            {trial.finishedAt ? (
              <Text size="xs" c="dimmed">
                <Ago at={trial.finishedAt} />
              </Text>
            ) : null}
          </li>
        ))}
      </ul>
      {withFailed.slice(0, shownAtMost).map(({ id, name, trials }) => (
        <TextLink
          key={id}
          to="/sweeps/$sweepId/trials"
          params={{ sweepId: id }}
          search={{ state: ['FAILED'] }}
          size="sm"
        >
          {formatInteger(trials.FAILED)} failed in {name}
        </TextLink>
      ))}
    </HomeSection>
  );
}
