import { Text, Tooltip } from '@mantine/core';
import { useConnection } from '../lib/connection.js';
import { useStreamStatus } from '../lib/stream-status.js';
import classes from './stream-indicator.module.css';

const looks = {
  connecting: { label: 'Connecting', hint: 'Opening the stream of events.' },
  live: { label: 'Live', hint: 'This page follows the events of the server.' },
  reconnecting: {
    label: 'Reconnecting',
    hint: 'The stream of events is lost. What is shown may be old; the page resumes where it left off.',
  },
  'signed-out': { label: 'Signed out', hint: 'The session has ended: sign in again.' },
  refused: { label: 'Not live', hint: 'The server gives no events here: reload the page to see what has changed.' },
} as const;

export function StreamIndicator() {
  const stream = useStreamStatus();
  // A server that hangs keeps the stream open and sends nothing.
  const { isAway } = useConnection();
  const status = stream === 'live' && isAway ? 'reconnecting' : stream;
  const look = status === 'idle' ? undefined : looks[status];
  return (
    <div role="status" aria-live="polite">
      {look ? (
        <Tooltip label={look.hint}>
          <span className={classes.indicator} data-status={status}>
            <span className={classes.dot} aria-hidden />
            <Text size="sm" component="span">
              {look.label}
            </Text>
          </span>
        </Tooltip>
      ) : null}
    </div>
  );
}
