import { Inject, Injectable } from '@nestjs/common';
import { type MemoryByPart, scoringKindOf, sweepKinds, type TrialKind, type TrialSpec } from '@rankforge/contracts';
import {
  type Database,
  databaseDown,
  hasEnded,
  isOpen,
  isProposed,
  mayBeChosen,
  Prisma,
  readsTest,
} from '@rankforge/db';
import { scoreKey } from '../planning/trial-key.js';
import { Background } from '../platform/background.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { Notifications } from '../platform/notifications.js';
import { Paced } from '../platform/paced.js';
import { takePlacementLock } from '../platform/placement-lock.js';
import { type ExpandingSweep, Expansion } from './expansion.js';
import { resolveFollowers } from './followers.js';
import { endImplied } from './implied.js';
import { type NewTrial, placeTrials } from './placement.js';
import { chooseConfigurations, type TrainedTrial } from './selection.js';
import { isAnyWaiting, settleTurns } from './turns.js';

const pollMs = 2000;
/** A sweep whose trials end many times a second is taken forward once in this time. */
const paceMs = 100;

interface SweepRow extends ExpandingSweep {
  objectiveMetric: string;
  objectiveDirection: 'minimize' | 'maximize';
  spec: {
    trialTimeoutSeconds: number;
    retries: number;
    skipLargerRanks?: boolean;
    protocol?: object;
  };
  reason: string | null;
  training: bigint;
}

interface TrainedRow extends TrainedTrial {
  key: string;
  kind: TrialKind;
  predicted: MemoryByPart;
  stage: string | null;
}

/**
 * Takes sweeps forward: trials are created as their strategies ask for them, followers take results, the chosen
 * configurations are scored once every training has ended, or as they end where a protocol has chosen before, and a sweep
 * with nothing left to do is complete. Every step may be done again without effect.
 */
@Injectable()
export class Planner extends Background {
  protected readonly changed = new Set<string>();
  /** By sweep: why it could not be taken forward last. */
  private readonly failures = new Map<string, string>();
  private lastFullRound = 0;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly expansion: Expansion,
  ) {
    super('planner', pollMs);
  }

  override onApplicationBootstrap(): void {
    const paced = new Paced(paceMs, (sweepId) => {
      this.changed.add(sweepId);
      this.loop.wake();
    });
    this.notifications.onSweepChanged((sweepId) => paced.call(sweepId));
    super.onApplicationBootstrap();
  }

  protected async round(): Promise<void> {
    for (const sweepId of await this.settleFollowers()) this.changed.add(sweepId);
    await this.settleTurns();
    if (Date.now() - this.lastFullRound >= pollMs) {
      const running = await this.database.sweep.findMany({ where: { state: 'RUNNING' }, select: { id: true } });
      for (const { id } of running) this.changed.add(id);
      this.lastFullRound = Date.now();
    }
    for (const sweepId of [...this.changed]) {
      this.changed.delete(sweepId);
      try {
        await this.advanceSweep(sweepId);
        this.failures.delete(sweepId);
      } catch (err) {
        this.changed.add(sweepId);
        // Every other sweep would fail for this too.
        if (databaseDown(err)) throw err;
        await this.report(sweepId, err);
      }
    }
  }

  /** Logs what holds one sweep up, once while it lasts, and says it on the sweep: the others go on, and it is tried again. */
  private async report(sweepId: string, err: unknown): Promise<void> {
    const text = err instanceof Error ? err.message : String(err);
    if (text !== this.failures.get(sweepId)) {
      this.logger.warn({ err, sweepId }, 'planner: a sweep cannot be taken forward; trying again');
    }
    this.failures.set(sweepId, text);
    const known = err instanceof ProblemError ? text : 'something went wrong in the API, and its log says what';
    const reason = `cannot go on for now, and is tried again: ${known}`;
    await this.database.sweep.updateMany({
      where: { id: sweepId, state: 'RUNNING', OR: [{ reason: null }, { reason: { not: reason } }] },
      data: { reason },
    });
  }

  private async settleFollowers(): Promise<string[]> {
    const [waiting] = await this.database.$queryRaw<unknown[]>`
      SELECT 1 FROM "Trial" f JOIN "Trial" l ON l."id" = f."leaderId"
      WHERE f."state" = 'PENDING' AND ${hasEnded('l')} LIMIT 1`;
    if (!waiting) return [];
    return this.locked((sql) => resolveFollowers(sql));
  }

  private async settleTurns(): Promise<void> {
    if (await isAnyWaiting(this.database)) await this.locked((sql) => settleTurns(sql));
  }

  /** Does what is due for one sweep: some new trials, or its end. Idempotent. */
  async advanceSweep(sweepId: string): Promise<void> {
    const before = await readSweep(this.database, sweepId);
    if (before?.state !== 'RUNNING') return;
    if (before.spec.skipLargerRanks && (await endImplied(this.database, sweepId)) > 0) {
      this.changed.add(sweepId);
      this.loop.wake();
    }
    await this.scoreFinals(before);
    if (!before.exhausted) await this.expand(before);
    else if (before.training === 0n) await this.finish(sweepId);
    if (before.reason !== null) await this.forgetReason(sweepId);
  }

  /** Takes back what `report` said. A sweep that was paused meanwhile keeps why; one that is complete has lost it already. */
  private async forgetReason(sweepId: string): Promise<void> {
    await this.database.sweep.updateMany({
      where: { id: sweepId, state: 'RUNNING' },
      data: { reason: null },
    });
  }

  /** Scores what a protocol has chosen for good as it ends, so that a board fills while other methods are still tuned. */
  private async scoreFinals({ id, spec: { protocol } }: SweepRow): Promise<void> {
    if (!protocol) return;
    const [unscored] = await this.database.$queryRaw<unknown[]>`
      SELECT 1 FROM "Trial" t
      WHERE t."sweepId" = ${id}::uuid AND ${isProposed('t')} AND t."state" = 'SUCCEEDED' AND t."objective" IS NOT NULL
        AND ${mayBeChosen('t')}
        AND NOT EXISTS (SELECT 1 FROM "Trial" s WHERE s."sweepId" = t."sweepId" AND s."scoresTrialId" = t."id")
      LIMIT 1`;
    if (!unscored) return;
    await this.locked(async (sql) => {
      const sweep = await readSweep(sql, id, 'FOR UPDATE');
      if (sweep?.state === 'RUNNING') await scoreChosen(sql, id, sweep);
    });
  }

  private async expand(before: SweepRow): Promise<void> {
    try {
      const plan = await this.expansion.planOf(before);
      const more = await this.locked(async (sql) => {
        const sweep = await readSweep(sql, before.id, 'FOR UPDATE');
        if (sweep?.state !== 'RUNNING' || sweep.exhausted || sweep.generation !== before.generation) return true;
        return this.expansion.advance(sql, plan, sweep);
      });
      if (!more && !(await this.database.sweep.findUnique({ where: { id: before.id, exhausted: true } }))) return;
      this.changed.add(before.id);
      this.loop.wake();
    } catch (error) {
      // A file that cannot be read now may be there again before a person has looked.
      if (!(error instanceof ProblemError) || error.kind === 'unavailable') throw error;
      await this.pause(before.id, error);
    }
  }

  /** Pauses a sweep whose plan names something that is gone or refused by now: a person must see to it. */
  private async pause(sweepId: string, { message, errors = [] }: ProblemError): Promise<void> {
    const reason = [message, ...errors.map(({ path, message }) => `${path}: ${message}`)].join('; ').slice(0, 2000);
    await this.database.sweep.updateMany({
      where: { id: sweepId, state: 'RUNNING' },
      data: { state: 'PAUSED', reason: `no further trial can be created: ${reason}` },
    });
  }

  private finish(sweepId: string): Promise<void> {
    return this.locked(async (sql) => {
      const sweep = await readSweep(sql, sweepId, 'FOR UPDATE');
      if (sweep?.state !== 'RUNNING' || !sweep.exhausted || sweep.training > 0n) return;
      await scoreChosen(sql, sweepId, sweep);
      await sql.$executeRaw`
        UPDATE "Sweep" s SET "state" = 'COMPLETED', "finishedAt" = now(), "reason" = NULL
        WHERE s."id" = ${sweepId}::uuid AND s."state" = 'RUNNING' AND NOT EXISTS (
          SELECT 1 FROM "Trial" t
          WHERE t."sweepId" = s."id" AND ${isOpen('t')})`;
    });
  }

  private locked<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.database.$transaction(
      async (sql) => {
        await takePlacementLock(sql);
        return work(sql);
      },
      { timeout: 60_000, maxWait: 10_000 },
    );
  }
}

/**
 * `training` counts the trainings that have not ended. A sweep of a kind that this version does not know is left to the API of
 * the version that made it.
 */
async function readSweep(sql: Sql, sweepId: string, lock?: 'FOR UPDATE'): Promise<SweepRow | undefined> {
  const [row] = await sql.$queryRaw<SweepRow[]>`
    SELECT s."id", s."state"::text AS "state", s."objectiveMetric", s."objectiveDirection", s."priority", s."spec",
      s."reason", s."exhausted", s."generation", s."strategyState", s."projectId", s."onTrialId",
      (SELECT count(*) FROM "Trial" t WHERE t."sweepId" = s."id" AND ${isOpen('t')}
        AND ${isProposed('t')}) AS "training"
    FROM "Sweep" s WHERE s."id" = ${sweepId}::uuid AND s."kind" = ANY(${sweepKinds}::text[]) ${lock ? Prisma.sql`FOR UPDATE` : Prisma.empty}`;
  return row;
}

/** Inserts a scoring for each seed of each chosen configuration that has none yet. */
async function scoreChosen(sql: Sql, sweepId: string, sweep: SweepRow): Promise<void> {
  const trained = await sql.$queryRaw<TrainedRow[]>`
    SELECT "id", "key", "kind"::text AS "kind", "spec", "memoryBudgetMiB", "limits", "objective", "predicted", "stage" FROM "Trial"
    WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()} AND "state" = 'SUCCEEDED' AND "objective" IS NOT NULL
      AND ${mayBeChosen()}
    ORDER BY "memoryBudgetMiB" DESC, "ordinal"`;
  const scored = await sql.$queryRaw<{ key: string }[]>`
    SELECT "key" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${readsTest()}`;
  const known = new Set(scored.map(({ key }) => key));
  const byId = new Map(trained.map((trial) => [trial.id, trial]));
  const fresh = chooseConfigurations(trained, sweep.objectiveDirection)
    .flatMap(({ configuration }) => configuration.trials.map(({ id }) => byId.get(id)!))
    .flatMap((trial): NewTrial[] => {
      const kind = scoringKindOf(trial.kind);
      if (kind === undefined) return [];
      const scoring = {
        kind,
        key: scoreKey(trial.key, trial.spec),
        spec: trial.spec as TrialSpec,
        memoryBudgetMiB: trial.memoryBudgetMiB,
        ...(trial.limits && { limits: trial.limits }),
        // A scoring holds what the training held, less gradients and optimizer state: its prediction bounds it.
        predicted: trial.predicted,
        scoresTrialId: trial.id,
        ...(trial.stage === null ? {} : { stage: trial.stage }),
      };
      return [scoring];
    })
    .filter(({ key }) => !known.has(key));
  if (fresh.length === 0) return;
  await placeTrials(sql, fresh, {
    sweepId,
    objectiveMetric: sweep.objectiveMetric,
    priority: sweep.priority,
    timeoutSeconds: sweep.spec.trialTimeoutSeconds,
    maxAttempts: sweep.spec.retries + 1,
  });
}
