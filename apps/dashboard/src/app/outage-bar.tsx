/** @file Says that the server is away, how old what is shown is, and that the page goes on by itself. */
import { Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useConnection } from '../lib/connection.js';
import { formatAgo, formatClock } from '../lib/format.js';
import { useStreamStatus } from '../lib/stream-status.js';
import { useNow } from '../lib/use-now.js';
import classes from './outage-bar.module.css';

/** Data that is kept longer than this without asking changes with a release only, so its age says nothing. */
const lastingMs = 60_000;

export function OutageBar() {
  const { isAway, answeredAt } = useConnection();
  const client = useQueryClient();
  const followed = useStreamStatus() !== 'idle';
  const now = useNow(1_000);
  // A page that follows the events was up to date until the loss; another one is as old as its oldest read.
  const asOf = followed ? answeredAt : Math.min(answeredAt, oldestRead(client) ?? answeredAt);
  return (
    <div className={isAway ? classes.bar : undefined}>
      {isAway ? <IconPlugConnectedX size={18} stroke={1.7} aria-hidden style={{ flex: 'none' }} /> : null}
      <Text size="sm" component="span">
        {/* There before the outage, and the same throughout it: what changes in it is read aloud. */}
        <span role="status">
          {isAway ? (
            <>
              <strong>The server cannot be reached.</strong> The page keeps trying and goes on by itself; forms keep
              what you typed.
            </>
          ) : null}
        </span>{' '}
        {isAway ? (
          <span>
            What you see is as of {formatClock(asOf)} ({formatAgo(new Date(asOf).toISOString(), now)}).
          </span>
        ) : null}
      </Text>
    </div>
  );
}

/** When the oldest of the data shown was read. */
function oldestRead(client: QueryClient): number | undefined {
  const shown = client
    .getQueryCache()
    .findAll({ type: 'active' })
    .filter(({ state, observers }) => state.data !== undefined && observers.some((one) => isPerishable(one.options)));
  return shown.length === 0 ? undefined : Math.min(...shown.map(({ state }) => state.dataUpdatedAt));
}

function isPerishable({ staleTime }: { staleTime?: unknown }): boolean {
  return typeof staleTime !== 'number' || staleTime < lastingMs;
}
