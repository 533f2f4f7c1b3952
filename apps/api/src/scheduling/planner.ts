import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { MemoryByPart, TrialSpec } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE, type Sql } from '../platform/database.js';
import { Notifications } from '../platform/notifications.js';
import { scoreKey } from '../sweeps/trial-key.js';
import { resolveFollowers } from './followers.js';
import { Loop } from './loop.js';
import { type NewTrial, placeTrials, takePlacementLock } from './placement.js';
import { chooseConfigurations, type TrainedTrial } from './selection.js';

const pollMs = 2000;

interface SweepRow {
  state: string;
  objectiveMetric: string;
  objectiveDirection: 'minimize' | 'maximize';
  priority: number;
  spec: { trialTimeoutSeconds: number; retries: number };
  training: bigint;
  scoring: bigint;
}

interface TrainedRow extends TrainedTrial {
  key: string;
  predicted: MemoryByPart;
}

/**
 * Takes sweeps forward: followers take results, the chosen configurations are scored once every training has ended, and
 * a sweep with nothing left to do is complete. Every step may be done again without effect.
 */
@Injectable()
export class Planner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly changed = new Set<string>();
  private readonly loop: Loop;
  private lastFullRound = 0;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
  ) {
    this.loop = new Loop('planner', pollMs, () => this.round(), new Logger('planner'));
  }

  onApplicationBootstrap(): void {
    this.notifications.onSweepChanged((sweepId) => {
      this.changed.add(sweepId);
      this.loop.wake();
    });
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async round(): Promise<void> {
    for (const sweepId of await this.settleFollowers()) this.changed.add(sweepId);
    if (Date.now() - this.lastFullRound >= pollMs) {
      const running = await this.database.sweep.findMany({ where: { state: 'RUNNING' }, select: { id: true } });
      for (const { id } of running) this.changed.add(id);
      this.lastFullRound = Date.now();
    }
    const due = [...this.changed];
    this.changed.clear();
    try {
      for (const sweepId of due) await this.advanceSweep(sweepId);
    } catch (error) {
      for (const sweepId of due) this.changed.add(sweepId);
      throw error;
    }
  }

  private async settleFollowers(): Promise<string[]> {
    const [waiting] = await this.database.$queryRaw<unknown[]>`
      SELECT 1 FROM "Trial" f JOIN "Trial" l ON l."id" = f."leaderId"
      WHERE f."state" = 'PENDING' AND l."state" IN ('SUCCEEDED', 'FAILED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED') LIMIT 1`;
    if (!waiting) return [];
    return this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        return resolveFollowers(sql);
      },
      { timeout: 30_000, maxWait: 10_000 },
    );
  }

  /** Does what is due for one sweep. Idempotent. */
  async advanceSweep(sweepId: string): Promise<void> {
    const before = await readSweep(this.database, sweepId);
    if (before?.state !== 'RUNNING' || before.training > 0n) return;
    await this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        const sweep = await readSweep(sql, sweepId);
        if (sweep?.state !== 'RUNNING' || sweep.training > 0n) return;
        await scoreChosen(sql, sweepId, sweep);
        await sql.$executeRaw`
          UPDATE "Sweep" s SET "state" = 'COMPLETED', "finishedAt" = now()
          WHERE s."id" = ${sweepId}::uuid AND s."state" = 'RUNNING' AND NOT EXISTS (
            SELECT 1 FROM "Trial" t
            WHERE t."sweepId" = s."id" AND t."state" IN ('PENDING', 'QUEUED', 'RUNNING'))`;
      },
      { timeout: 30_000, maxWait: 10_000 },
    );
  }
}

/** `training` and `scoring` count the trials that have not ended. */
async function readSweep(sql: Sql, sweepId: string): Promise<SweepRow | undefined> {
  const [row] = await sql.$queryRaw<SweepRow[]>`
    SELECT s."state"::text AS "state", s."objectiveMetric", s."objectiveDirection", s."priority", s."spec",
      count(t."id") FILTER (WHERE t."kind" = 'train') AS "training",
      count(t."id") FILTER (WHERE t."kind" = 'score') AS "scoring"
    FROM "Sweep" s
    LEFT JOIN "Trial" t ON t."sweepId" = s."id" AND t."state" IN ('PENDING', 'QUEUED', 'RUNNING')
    WHERE s."id" = ${sweepId}::uuid GROUP BY s."id"`;
  return row;
}

/** Inserts a scoring for each seed of each chosen configuration that has none yet. */
async function scoreChosen(sql: Sql, sweepId: string, sweep: SweepRow): Promise<void> {
  const trained = await sql.$queryRaw<TrainedRow[]>`
    SELECT "id", "key", "spec", "memoryBudgetMiB", "objective", "predicted" FROM "Trial"
    WHERE "sweepId" = ${sweepId}::uuid AND "kind" = 'train' AND "state" = 'SUCCEEDED' AND "objective" IS NOT NULL
    ORDER BY "memoryBudgetMiB" DESC, "ordinal"`;
  const scored = await sql.$queryRaw<{ key: string; last: number }[]>`
    SELECT "key" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND "kind" = 'score'`;
  const known = new Set(scored.map(({ key }) => key));
  const byId = new Map(trained.map((trial) => [trial.id, trial]));
  const fresh = chooseConfigurations(trained, sweep.objectiveDirection)
    .flatMap(({ configuration }) => configuration.trials.map(({ id }) => byId.get(id)!))
    .map(
      (trial): NewTrial => ({
        kind: 'score',
        key: scoreKey(trial.key, trial.spec),
        spec: trial.spec as TrialSpec,
        memoryBudgetMiB: trial.memoryBudgetMiB,
        // A scoring holds what the training held, less gradients and optimizer state: its prediction bounds it.
        predicted: trial.predicted,
        scoresTrialId: trial.id,
      }),
    )
    .filter(({ key }) => !known.has(key));
  if (fresh.length === 0) return;
  const [{ last }] = (await sql.$queryRaw<{ last: number }[]>`
    SELECT max("ordinal") AS "last" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid`) as [{ last: number }];
  await placeTrials(sql, fresh, {
    sweepId,
    objectiveMetric: sweep.objectiveMetric,
    priority: sweep.priority,
    timeoutSeconds: sweep.spec.trialTimeoutSeconds,
    maxAttempts: sweep.spec.retries + 1,
    firstOrdinal: last + 1,
  });
}
