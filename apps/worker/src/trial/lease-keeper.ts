/** @file Renews the leases of everything that runs in this worker, in one statement for all. */
import { type Database, type Lease, renewLeases } from '@rankforge/db';

/** A trial as its holder sees it. */
export interface HeldLease {
  /** Stops the renewal. */
  release(): void;
}

/**
 * States of a lease: held (renewed on the timer) → told off (cancelled or lost: `onEnded` is called once, no further renewal)
 * or released by its holder. While Postgres is away a lease stays held here: only Postgres can say that it is not.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, { lease: Lease; onEnded: (standing: 'cancelled' | 'lost') => void }>();
  private timer: NodeJS.Timeout | undefined;
  private renewing = false;

  constructor(
    private readonly options: {
      db: Database;
      leaseSeconds: number;
      onTrouble(error: unknown): void;
    },
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.renew(), (this.options.leaseSeconds * 1000) / 3.5);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  hold(lease: Lease, onEnded: (standing: 'cancelled' | 'lost') => void): HeldLease {
    const { trialId } = lease;
    // An attempt of this worker whose lease ran out, and which has not heard of it yet.
    this.held.get(trialId)?.onEnded('lost');
    this.held.set(trialId, { lease, onEnded });
    return {
      release: () => {
        if (this.held.get(trialId)?.lease === lease) this.held.delete(trialId);
      },
    };
  }

  get trialIds(): string[] {
    return [...this.held.keys()];
  }

  private async renew(): Promise<void> {
    if (this.renewing || this.held.size === 0) return;
    this.renewing = true;
    try {
      const asked = [...this.held.values()];
      const leases = asked.map(({ lease }) => lease);
      const standings = await renewLeases(this.options.db, leases, this.options.leaseSeconds);
      for (const { lease, onEnded } of asked) {
        const standing = standings.get(lease.trialId) ?? 'lost';
        // Released, or claimed anew, while the statement ran.
        if (standing === 'held' || this.held.get(lease.trialId)?.lease !== lease) continue;
        this.held.delete(lease.trialId);
        onEnded(standing);
      }
    } catch (error) {
      this.options.onTrouble(error);
    } finally {
      this.renewing = false;
    }
  }
}
