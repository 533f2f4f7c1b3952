import { Text } from '@mantine/core';
import type { SweepView } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { TextLink } from '../../components/links.js';
import { ProgressByState } from '../../components/progress-by-state.js';
import { foundTrialsQuery } from '../../lib/api/trials.js';
import { workersQuery } from '../../lib/api/workers.js';
import { formatDuration, formatInteger } from '../../lib/format.js';
import { doneCount } from '../../lib/progress.js';
import classes from './home-page.module.css';
import { HomeSection } from './home-section.js';

/** Running trials that are asked for, to say which devices a sweep is on. */
const trialsAtMost = 100;

/** Sweeps that run or wait, with how far they are and where they train. */
export function Running({ sweeps }: { sweeps: readonly SweepView[] }) {
  const active = sweeps.filter(({ state }) => state === 'RUNNING' || state === 'PAUSED');
  const isRunning = active.some(({ trials }) => trials.RUNNING > 0);
  const trials = useQuery({ ...foundTrialsQuery({ state: ['RUNNING'] }, trialsAtMost), enabled: isRunning });
  const workers = useQuery(workersQuery);
  const devicesOf = (sweepId: string): string => {
    const ids = new Set((trials.data ?? []).filter((trial) => trial.sweepId === sweepId).map(({ id }) => id));
    const at = (workers.data ?? []).filter(({ runningTrials }) => runningTrials.some((id) => ids.has(id)));
    return [...new Set(at.flatMap(({ devices }) => devices.map(({ name }) => name)))].join(', ');
  };
  const live = (workers.data ?? []).filter(({ state }) => state === 'live').length;
  return (
    <HomeSection title="Running" errors={[trials.error, workers.error]}>
      {active.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing runs.{' '}
          <TextLink to="/workers" size="sm">
            {workers.data === undefined
              ? 'Workers'
              : `${formatInteger(live)} ${live === 1 ? 'worker waits' : 'workers wait'}`}
          </TextLink>
        </Text>
      ) : (
        <ul className={classes.list}>
          {active.map((sweep) => {
            const devices = devicesOf(sweep.id);
            return (
              <li key={sweep.id}>
                <TextLink to="/sweeps/$sweepId" params={{ sweepId: sweep.id }} size="sm" fw={600}>
                  {sweep.name}
                </TextLink>
                <ProgressByState trials={sweep.trials} total={sweep.total} />
                <Text size="xs" c="dimmed" mt={4} className="rf-numbers">
                  {[
                    `${formatInteger(doneCount(sweep.trials))} of ${formatInteger(sweep.total)} done`,
                    sweep.state === 'PAUSED'
                      ? 'paused'
                      : sweep.etaSeconds === null
                        ? ''
                        : `${formatDuration(sweep.etaSeconds)} left`,
                    devices === '' ? '' : `on ${devices}`,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
                {sweep.reason ? <Text size="xs">{sweep.reason}</Text> : null}
              </li>
            );
          })}
        </ul>
      )}
    </HomeSection>
  );
}
