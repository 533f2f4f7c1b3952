/** @file How an order ended on a card, judged by what became of the card meanwhile. */
import { MIB } from '@rankforge/contracts';
import type { Site } from '../device/watch.js';
import type { Executor, RunOutcome } from '../trial/executor.js';

/**
 * Runs orders on a site. What fails on a card that is gone, or runs out of memory on one that other programs have filled, says
 * nothing of the trial: it ends as `died`, so that it is tried again.
 *
 * @param look reads the devices again
 */
export function onCard(site: Site, inner: Executor, look: () => Promise<void>): Executor {
  if (site.device.kind !== 'cuda') return inner;
  const judged = async (ended: Promise<RunOutcome>): Promise<RunOutcome> => {
    const outcome = await ended;
    const isRefusal = outcome.kind === 'over-budget' && !outcome.measured;
    if (outcome.kind !== 'failed' && !isRefusal) return outcome;
    await look();
    const cause = site.seen?.trouble ?? (isRefusal ? filledByOthers(site) : undefined);
    if (cause === undefined) return outcome;
    const reason = `${site.device.id} (${site.device.name}): ${cause}; ${outcome.reason}`;
    return { kind: 'died', reason, outOfMemory: false, beside: 0 };
  };
  const share = inner.share?.bind(inner);
  return {
    run: (...order) => judged(inner.run(...order)),
    ...(share && {
      share: () => {
        const place = share();
        return { run: (...order) => judged(place.run(...order)), close: () => place.close() };
      },
    }),
  };
}

/** Whether others left less than what trials have reserved. */
function filledByOthers({ device, ledger, seen }: Site): string | undefined {
  const others = seen?.usedByOthersBytes ?? 0;
  return device.totalBytes - others < ledger.reservedBytes
    ? `other programs hold ${Math.round(others / MIB)} of its ${Math.round(device.totalBytes / MIB)} MiB`
    : undefined;
}
