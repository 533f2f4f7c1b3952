import { Paper, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { QueryView } from '../../components/query-view.js';
import { trialLogQuery } from '../../lib/api/trials.js';
import classes from './trial-log.module.css';

export function TrialLogView({ trialId }: { trialId: string }) {
  const query = useQuery(trialLogQuery(trialId));
  return (
    <QueryView query={query} label="log">
      {(lines) => (
        <Paper p={0}>
          {lines.length === 0 ? (
            <Text size="sm" c="dimmed" p="md">
              The log is empty.
            </Text>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            <section className={classes.log} tabIndex={0} aria-label="Log">
              {lines.map(({ attempt, text }, index) => (
                <span key={index} className={classes.line} data-attempt={attempt}>
                  {text}
                  {'\n'}
                </span>
              ))}
            </section>
          )}
        </Paper>
      )}
    </QueryView>
  );
}
