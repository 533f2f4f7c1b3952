/** @file Keeps the queries of a page fresh while its sweeps run. */
import type { EventView } from '@rankforge/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { meQuery } from './api/session.js';
import { followEvents } from './events.js';
import { readBefore, refresh, toldByEvents } from './refresh.js';
import { setStreamStatus } from './stream-status.js';
import { batchEvery } from './throttle.js';
import { whileVisible } from './while-visible.js';

const refreshMs = 1500;

/**
 * Follows the events of one sweep, or of all sweeps of the project, and refreshes what they touch, at most every 1.5 s. A hidden page
 * holds no stream: browsers give all tabs of a host six connections between them, unless they speak HTTP/2.
 */
export function useLive(sweepId?: string): void {
  const client = useQueryClient();
  const projectId = useQuery(meQuery).data?.project.id;
  useEffect(() => {
    if (projectId === undefined) return;
    const batch = batchEvery<EventView>(refreshMs, (events) => refresh(client, sweepId, events));
    let wasAway = false;
    const end = whileVisible((signal) => {
      void followEvents({
        sweepId,
        signal,
        onEvent: batch.add,
        onStatus: (status) => {
          setStreamStatus(status);
          if (status === 'reconnecting') wasAway = true;
          if (status !== 'live') return;
          // A stream that was away, or a page that was hidden, may have missed what comes without events too.
          void readBefore(client, wasAway ? {} : toldByEvents);
          wasAway = true;
        },
      });
    });
    return () => {
      end();
      // The next page may show what these touch, and hears of it from nobody else.
      const left = batch.stop();
      if (left.length > 0) void refresh(client, sweepId, left);
      setStreamStatus('idle');
    };
  }, [client, sweepId, projectId]);
}
