/** @file Statements that all trials of a worker share: those that begin and end at the same time are claimed and written together. */
import {
  type ClaimedTrial,
  type Claimer,
  type ClaimPlace,
  claimTrials,
  type Database,
  finishTrials,
  type Locked,
  type TrialEnd,
} from '@rankforge/db';
import type { Logger } from 'pino';
import { Batcher } from './batcher.js';
import { throughOutage } from './outage.js';
import { persist } from './release.js';

export interface SharedStatements {
  claims: Batcher<ClaimPlace, ClaimedTrial | 'nothing'>;
  /** `not-held`: the lease is not the current one. */
  ends: Batcher<TrialEnd, { unreferenced: string[] } | 'not-held'>;
}

/** Most trials that one statement claims or ends. */
const most = 64;

/** @param options.draining no claim waits for Postgres once it is aborted */
export function shareStatements({
  db,
  claimer,
  draining,
  logger,
}: {
  db: Database;
  claimer: Claimer;
  draining: AbortSignal;
  logger: Logger;
}): SharedStatements {
  const claim = (places: readonly ClaimPlace[], locked: Locked) => claimTrials(db, claimer, places, { locked });
  const end = async (ends: readonly TrialEnd[], locked: Locked) => {
    const written = await finishTrials(db, ends, { locked });
    return ends.map(({ lease }) => written.get(lease.trialId));
  };
  return {
    claims: new Batcher({
      most,
      async many(places) {
        const claimed = await claim(places, 'pass-over');
        return claimed.map((one) => (one === 'passed-over' ? undefined : one));
      },
      async one(place) {
        const [claimed] = await throughOutage(() => claim([place], 'wait'), { signal: draining });
        return typeof claimed === 'object' ? claimed : 'nothing';
      },
    }),
    ends: new Batcher({
      most,
      many: (ends) => end(ends, 'pass-over'),
      async one(asked) {
        const [written] = await persist({ logger }, () => end([asked], 'wait'));
        return written ?? 'not-held';
      },
    }),
  };
}
