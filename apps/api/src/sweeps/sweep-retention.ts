import { Inject, Injectable } from '@nestjs/common';
import { type Database, recordAudit } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { SweepRemover } from './remove-sweep.js';

const everyMs = 3_600_000;
const sweepsAtOnce = 100;

/** Removes sweeps that were cancelled long ago, where a setting says how long. What stands on one keeps it. */
@Injectable()
export class SweepRetention extends Background {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Pick<ApiSettings, 'cancelledSweepDays'>,
    private readonly remover: SweepRemover,
  ) {
    super('retention of sweeps', everyMs);
  }

  protected async round(): Promise<void> {
    const { cancelledSweepDays: days } = this.settings;
    if (days !== undefined) await this.removeOlderThan(days);
  }

  /** @returns the sweeps that were removed */
  async removeOlderThan(days: number): Promise<string[]> {
    const removed: string[] = [];
    // The newest first: what starts from another sweep goes before it.
    for (let before: string | undefined; ; ) {
      const sweeps = await this.database.$queryRaw<{ id: string; projectId: string }[]>`
        SELECT "id", "projectId" FROM "Sweep"
        WHERE "state" = 'CANCELLED' AND "removedAt" IS NULL AND (${before ?? null}::uuid IS NULL OR "id" < ${before ?? null}::uuid)
          AND "finishedAt" < clock_timestamp() - make_interval(secs => ${days * 86_400}::float8)
        ORDER BY "id" DESC LIMIT ${sweepsAtOnce}`;
      for (const { id, projectId } of sweeps) if (await this.remove(id, projectId)) removed.push(id);
      before = sweeps.at(-1)?.id;
      if (sweeps.length < sweepsAtOnce) return removed;
    }
  }

  private async remove(id: string, projectId: string): Promise<boolean> {
    try {
      const { name } = await this.remover.remove(id);
      const actor = 'retention of sweeps';
      await recordAudit(this.database, { action: 'sweep.remove', actor, projectId, subject: id, detail: { name } });
      return true;
    } catch (error) {
      // Something stands on it, or somebody was faster.
      if (error instanceof ProblemError && (error.kind === 'conflict' || error.kind === 'not-found')) return false;
      throw error;
    }
  }
}
