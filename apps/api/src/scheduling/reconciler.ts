import { Inject, Injectable } from '@nestjs/common';
import { type EngineName, queueName, queuePriority, wakeUpJobId } from '@rankforge/contracts';
import {
  ArtifactStore,
  type Database,
  endLostAttempts,
  expireLeases,
  foldTally,
  hasRoom,
  mayRun,
  readQueues,
} from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { TrialQueues } from '../platform/queues.js';
import { SETTINGS } from '../platform/settings.js';
import { dropIdleCheckpoints } from './idle-checkpoints.js';

const everyMs = 2000;
/** A wake-up younger than this is still on its way through the outbox. */
const settledSeconds = 3;
/** Every so often a queue is looked through even where its length looks right. */
const fullEveryMs = 30_000;
const lookAtMost = 20_000;
/** After PostgreSQL comes back, holders of leases renew before anyone takes their trials. */
const graceSeconds = 15;

interface QueuedCount {
  engine: EngineName;
  memoryClassMiB: number;
  site: string | null;
  queued: bigint;
}

interface QueuedTrial {
  id: string;
  attempts: number;
  priority: number;
  ordinal: number;
}

/**
 * Heals what others lost: leases that ran out, and queues that hold fewer wake-ups than PostgreSQL has queued trials.
 * Adding a wake-up again changes nothing, so replicas need not agree on who does it. It also ends attempts that nobody
 * will end, removes checkpoints that nothing will go on from, and sums up what was counted.
 */
@Injectable()
export class Reconciler extends Background {
  private lastFull = Date.now();

  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
    private readonly queues: TrialQueues,
  ) {
    super('reconciler', everyMs);
    this.store = new ArtifactStore(artifactDir);
  }

  protected async round(): Promise<void> {
    const expired = await expireLeases(this.database, { graceSeconds });
    for (const { trialId, state } of expired) this.logger.warn({ trialId, state }, 'lease ran out');
    const full = Date.now() - this.lastFull >= fullEveryMs;
    if (full) this.lastFull = Date.now();
    if (full || (await this.mayLackWakeUps())) await this.refill(full);
    if (!full) return;
    await foldTally(this.database);
    await endLostAttempts(this.database);
    await dropIdleCheckpoints(this.database, this.store);
  }

  /** Whether more trials wait for a queue than Redis has wake-ups there: as a rule none does, and nobody looks at the trials. */
  private async mayLackWakeUps(): Promise<boolean> {
    for (const { engine, memoryClassMiB, site, queued } of await readQueues(this.database)) {
      const name = queueName(engine as EngineName, memoryClassMiB, site);
      if (queued > 0 && (await this.queues.held(name)) < queued) return true;
    }
    return false;
  }

  private async refill(full: boolean): Promise<void> {
    const counts = await this.database.$queryRaw<QueuedCount[]>`
      SELECT t."engine", t."memoryClassMiB", t."site", count(*) AS "queued"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."state" = 'QUEUED' AND ${mayRun} AND ${hasRoom}
        AND t."queuedAt" < now() - make_interval(secs => ${settledSeconds})
      GROUP BY 1, 2, 3`;
    for (const { queued, ...of } of counts) {
      const name = queueName(of.engine, of.memoryClassMiB, of.site);
      if (full || (await this.queues.waiting(name)) < Number(queued)) await this.refillQueue(name, of);
    }
  }

  private async refillQueue(
    queue: string,
    { engine, memoryClassMiB, site }: Omit<QueuedCount, 'queued'>,
  ): Promise<void> {
    const trials = await this.database.$queryRaw<QueuedTrial[]>`
      SELECT t."id", t."attempts", t."priority", t."ordinal" FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."state" = 'QUEUED' AND ${mayRun} AND ${hasRoom} AND t."engine" = ${engine} AND t."memoryClassMiB" = ${memoryClassMiB}
        AND t."site" IS NOT DISTINCT FROM ${site}
      ORDER BY t."priority" DESC, t."ordinal", t."queuedAt" LIMIT ${lookAtMost}`;
    const wakeUps = trials.map(({ id, attempts, priority, ordinal }) => ({
      queue,
      trialId: id,
      jobId: wakeUpJobId(id, attempts),
      priority: queuePriority(priority, ordinal),
    }));
    await this.queues.add(await this.queues.missing(queue, wakeUps));
  }
}
