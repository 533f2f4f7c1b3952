import { Inject, Injectable } from '@nestjs/common';
import type { SweepDependencies, SweepState } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { notFound } from '../platform/http/problem.js';
import { waiting } from './sweep-view.js';

/** More than a picture can show. */
const sweepsAtMost = 200;

interface Row {
  id: string;
  name: string;
  kind: SweepDependencies['sweeps'][number]['kind'];
  state: SweepState;
  reason: string | null;
  onSweepId: string | null;
  onTrialId: string | null;
  exhausted: boolean;
}

/** Which sweeps start from models of which. */
@Injectable()
export class SweepDependencyReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** @throws ProblemError `not-found` */
  async read(id: string): Promise<SweepDependencies> {
    const rows = await this.database.$queryRaw<Row[]>`
      WITH RECURSIVE before AS (
        SELECT "id", "onSweepId" FROM "Sweep" WHERE "id" = ${id}::uuid
        UNION SELECT s."id", s."onSweepId" FROM "Sweep" s JOIN before b ON s."id" = b."onSweepId"
      ), after AS (
        SELECT "id" FROM "Sweep" WHERE "id" = ${id}::uuid
        UNION SELECT s."id" FROM "Sweep" s JOIN after a ON s."onSweepId" = a."id"
      )
      SELECT "id", "name", "kind", "state"::text AS "state", "reason", "onSweepId", "onTrialId", "exhausted" FROM "Sweep"
      WHERE "id" IN (SELECT "id" FROM before UNION SELECT "id" FROM after) AND "removedAt" IS NULL ORDER BY "id" LIMIT ${sweepsAtMost}`;
    if (rows.length === 0) throw notFound('sweep', id);
    const waits = await waiting(this.database, rows);
    const known = new Set(rows.map((row) => row.id));
    return {
      sweeps: rows.map(({ id, name, kind, state, reason }) => ({
        id,
        name,
        kind,
        state,
        reason,
        waits: waits.has(id),
      })),
      edges: rows.flatMap(({ id: to, onSweepId: from, onTrialId: trialId }) =>
        from && known.has(from) ? [{ from, to, trialId }] : [],
      ),
    };
  }
}
