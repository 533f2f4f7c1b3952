/**
 * @file Claims a queued trial, and with it siblings that can train beside it. Siblings share project, task, base, engine
 * and length of sequences, so that one process holds one copy of the base and of the data for all of them.
 */
import { type DeviceView, type MemoryByPart, type TrialKind, TrialSpec } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { StoredArtifact } from './artifacts.js';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { type Lease, mayRun } from './lease.js';
import { isOfKnownKind, trains } from './trial-kinds.js';
import { type Awaits, type Turn, turnsOf } from './turns.js';
import { isLive, withContract } from './workers.js';

/** What a worker needs to run a trial; read in the statement that claims it. */
export interface ClaimedTrial {
  lease: Lease;
  sweepId: string;
  kind: TrialKind;
  spec: TrialSpec;
  /** Digest of the folder of its base model; undefined where an earlier version made the sweep. */
  baseSha256?: string;
  objective: { metric: string; direction: 'minimize' | 'maximize' };
  memoryBudgetMiB: number;
  predicted: MemoryByPart;
  /** 1-based number of this attempt. */
  attempt: number;
  timeoutSeconds: number;
  /** Set where it runs in one process with others that were claimed with it. */
  packId?: string;
  /** It was claimed for a device on which nothing else runs. */
  wholeDevice: boolean;
  /** Newest first, its own and those of the trial it goes on from; it resumes from the first that can be read. */
  checkpoints: StoredArtifact[];
  /** The trial from whose checkpoint this one goes on. */
  continues?: string;
  /** For `score`, and its parts: the trial that was trained, and its adapter. */
  scores?: { trialId: string; adapter: StoredArtifact | undefined };
  /** For a client's turn: which it is, the round 0-based, and the site whose data it needs. `checkpoints` are those of its federation. */
  turn?: { round: number; client: number; site?: string };
  /** For a federation that waited: the turns of that round. */
  turns?: { round: number; taken: readonly Turn[] };
}

/** What a worker has room for beside the trial it claims. */
export interface RoomBeside {
  /** Most trials of a pack, the claimed one included. */
  packSize: number;
  /** Bytes that the pack may hold at its peak. */
  bytes: number;
  /** Devices of this worker that the engine computes on, that of the pack among them. */
  devices: readonly DeviceRoom[];
}

/** Room of a device for trials, taken or not: a slot that is taken comes free while a pack runs. */
export interface DeviceRoom {
  /** Trials or packs. */
  slots: number;
  /** Bytes that they may hold together. */
  bytes: number;
}

/** For a claim that takes no siblings along. */
export const noRoomBeside: RoomBeside = { packSize: 1, bytes: 0, devices: [] };

interface ClaimRow {
  id: string;
  leaseToken: bigint;
  attempt: number;
  sweepId: string;
  kind: TrialKind;
  spec: unknown;
  baseSha256: string | null;
  objectiveMetric: string;
  objectiveDirection: 'minimize' | 'maximize';
  memoryBudgetMiB: number;
  predicted: MemoryByPart;
  timeoutSeconds: number;
  checkpoints: StoredArtifact[];
  scoresTrialId: string | null;
  continuesId: string | null;
  adapter: StoredArtifact | null;
  round: number | null;
  client: number | null;
  site: string | null;
  awaits: Awaits | null;
  turns: Turn[] | null;
  packId: string | null;
  wholeDevice: boolean;
}

export interface ClaimInput {
  trialId: string;
  workerId: string;
  device: DeviceView['id'];
  leaseSeconds: number;
  /** Nothing else runs on the device while the trial does: one that asks for that can be claimed. */
  wholeDevice?: boolean;
  /** Devices that it has, or room for so many processes on one: a trial that takes more can't be claimed. Default 1. */
  devices?: number;
}

/** SQL: devices that a trial takes. */
const devicesOf = (trial: string) =>
  Prisma.sql`COALESCE((${Prisma.raw(trial)}."spec"->'training'->>'devices')::int, 1)`;

/**
 * Takes a queued trial that may run for a worker: `QUEUED → RUNNING`, a new token, a new attempt.
 *
 * @returns undefined when there is nothing to take: another worker has it, it was cancelled, its sweep is paused, or its kind is
 * one that this version does not know
 * @example
 * const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 10 });
 * if (!claimed) return;
 */
export async function claimTrial(db: Database, input: ClaimInput): Promise<ClaimedTrial | undefined> {
  const [claimed] = await claimPack(db, input, noRoomBeside);
  return claimed;
}

/** SQL: the assignments by which trials `t` begin to run, with a new lease and a new attempt. */
const running = ({ workerId, leaseSeconds }: ClaimInput) => Prisma.sql`
        "state" = 'RUNNING',
        "leaseToken" = t."leaseToken" + 1,
        "leaseExpiresAt" = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8),
        "workerId" = ${workerId}::uuid,
        "attempts" = t."attempts" + 1,
        "startedAt" = COALESCE(t."startedAt", clock_timestamp())`;

/** SQL: queued trials `t` that could train in one process with the leader `l`. */
const siblingsOf = Prisma.sql`"Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
        JOIN leader l ON t."task" = l."task" AND t."base" = l."base" AND t."engine" = l."engine"
          AND s."projectId" = l."projectId" AND t."spec"->>'dataset' IS NOT DISTINCT FROM l."spec"->>'dataset'
          AND s."baseSha256" IS NOT DISTINCT FROM l."baseSha256" AND t."spec"->'teacher' IS NOT DISTINCT FROM l."spec"->'teacher'
          AND t."spec"->'on' IS NOT DISTINCT FROM l."spec"->'on'
          AND t."spec"->'training'->'sequenceLength' = l."spec"->'training'->'sequenceLength'
      WHERE t."state" = 'QUEUED' AND ${trains('t')} AND NOT t."alone" AND t."id" <> l."id"
        AND t."predicted" ? 'packed' AND ${devicesOf('t')} = 1 AND ${mayRun}`;

/**
 * Takes a queued trial as `claimTrial` does, and siblings that fit beside it, in one statement. Siblings are shared out
 * over all slots that could run them, busy ones included: a worker takes no more than its part, and the less there is left the
 * smaller it is, so that no slot is idle while a pack has trials that it could run. This is guided self-scheduling (Polychronopoulos
 * and Kuck, IEEE Transactions on Computers 36, 1987).
 * Each member has a lease, an attempt and a fate of its own.
 *
 * @returns the trial that was asked for, then its siblings; none when there is nothing to take
 * @throws ContractError when the worker's contract is not served any more
 */
export async function claimPack(db: Database, input: ClaimInput, room: RoomBeside): Promise<ClaimedTrial[]> {
  const most = Math.max(0, room.packSize - 1);
  const attemptIds = Array.from({ length: most + 1 }, () => uuidv7());
  const rows = await withContract(
    () => db.$queryRaw<ClaimRow[]>`
    WITH led AS (
      UPDATE "Trial" t SET ${running(input)}
      FROM "Sweep" s
      WHERE t."id" = ${input.trialId}::uuid AND t."state" = 'QUEUED' AND s."id" = t."sweepId" AND ${mayRun}
        AND (t."site" IS NULL OR EXISTS (
          SELECT 1 FROM "Worker" w WHERE w."id" = ${input.workerId}::uuid AND t."site" = ANY(w."holds")))
        AND (NOT t."wholeDevice" OR ${input.wholeDevice ?? false}::boolean)
        AND ${devicesOf('t')} <= ${input.devices ?? 1}::int AND ${isOfKnownKind('t')}
      RETURNING t.*, s."objectiveMetric", s."objectiveDirection", s."projectId", s."baseSha256"
    ), leader AS (
      SELECT *, ("predicted"->'packed'->>'peak')::float8 AS "peak", ("predicted"->'packed'->>'resident')::float8 AS "resident"
      FROM led WHERE ${most}::int > 0 AND ${trains()} AND NOT "alone" AND "predicted" ? 'packed'
    ), places AS (
      SELECT GREATEST(1, COALESCE((
        SELECT sum(LEAST((d->>'slots')::float8, floor((d->>'bytes')::float8 / l."peak")))
        FROM jsonb_array_elements(${JSON.stringify(room.devices)}::jsonb) d), 0) + COALESCE((
        SELECT sum(LEAST(COALESCE((d->>'slots')::float8, w."slots"), floor((d->>'capacityBytes')::float8 / l."peak")))
        FROM "Worker" w CROSS JOIN jsonb_array_elements(w."devices") d
        WHERE w."id" <> ${input.workerId}::uuid AND l."engine" = ANY(w."engines") AND ${isLive('w')}
          AND COALESCE(d->'engines' ? l."engine", true)), 0)) AS "count"
      FROM leader l
    ), waiting AS (
      SELECT t."id" FROM ${siblingsOf}
      LIMIT ((SELECT "count" FROM places) * ${room.packSize}::int)::bigint
    ), share AS (
      SELECT LEAST(${most}::int, ceil((1 + (SELECT count(*) FROM waiting)) / "count") - 1)::int AS "count" FROM places
    ), siblings AS (
      SELECT t."id", t."priority", t."ordinal",
        (t."predicted"->'packed'->>'peak')::float8 AS "peak", (t."predicted"->'packed'->>'resident')::float8 AS "resident"
      FROM ${siblingsOf}
      ORDER BY t."priority" DESC, t."ordinal", t."id"
      LIMIT (SELECT "count" FROM share)
      FOR UPDATE OF t SKIP LOCKED
    ), fitting AS (
      SELECT "id" FROM (
        SELECT f."id", l."resident" + sum(f."resident") OVER next
          + GREATEST(l."peak" - l."resident", max(f."peak" - f."resident") OVER next) AS "bytes"
        FROM siblings f CROSS JOIN leader l
        WINDOW next AS (ORDER BY f."priority" DESC, f."ordinal", f."id" ROWS UNBOUNDED PRECEDING)
      ) together WHERE "bytes" <= ${room.bytes}::float8
    ), joined AS (
      UPDATE "Trial" t SET ${running(input)}
      FROM fitting f, "Sweep" s WHERE t."id" = f."id" AND s."id" = t."sweepId"
      RETURNING t.*, s."objectiveMetric", s."objectiveDirection", s."projectId", s."baseSha256"
    ), claimed AS (
      SELECT c.*, row_number() OVER (ORDER BY c."id" <> ${input.trialId}::uuid, c."priority" DESC, c."ordinal", c."id") AS "place",
        CASE WHEN count(*) OVER () > 1 THEN ${uuidv7()}::uuid END AS "packId"
      FROM (SELECT * FROM led UNION ALL SELECT * FROM joined) c
    ), attempt AS (
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "workerId", "engine", "device", "packId")
      SELECT (${attemptIds}::uuid[])[c."place"], c."id", c."attempts", c."leaseToken", c."workerId", c."engine",
        ${input.device}, c."packId"
      FROM claimed c
    )
    SELECT c."id", c."leaseToken", c."attempts" AS "attempt", c."sweepId", c."kind", c."spec", c."baseSha256", c."objectiveMetric",
      c."objectiveDirection", c."memoryBudgetMiB", c."predicted", c."timeoutSeconds", scored."id" AS "scoresTrialId", c."continuesId", c."packId",
      c."wholeDevice", c."round", c."client", c."site", c."awaits", ${turnsOf('c')} AS "turns",
      COALESCE((
        SELECT jsonb_agg(jsonb_build_object('step', k."step", 'sha256', k."sha256", 'bytes', k."bytes") ORDER BY k."step" DESC)
        FROM "Artifact" k WHERE k."trialId" IN (c."id", c."continuesId", c."partOfId") AND k."kind" = 'checkpoint'), '[]') AS "checkpoints",
      (SELECT jsonb_build_object('step', a."step", 'sha256', a."sha256", 'bytes', a."bytes") FROM "Artifact" a
        WHERE a."trialId" = COALESCE(scored."leaderId", scored."id") AND a."kind" IN ('adapter', 'scores')
        ORDER BY a."step" DESC LIMIT 1) AS "adapter"
    FROM claimed c LEFT JOIN "Trial" whole ON whole."id" = c."partOfId"
      LEFT JOIN "Trial" scored ON scored."id" = COALESCE(c."scoresTrialId", whole."scoresTrialId")
    ORDER BY c."place"`,
  );
  return rows.map(readClaim);
}

/** Room that a queued trial asks for beyond that of one process. */
export interface MoreRoom {
  /** Since it was queued. */
  waitedSeconds: number;
  /** It asks for a device to itself. */
  wholeDevice: boolean;
  devices: number;
}

/** @returns undefined for a trial that asks for no more, or may not run now */
export async function waitsForMoreRoom(db: Database, trialId: string): Promise<MoreRoom | undefined> {
  const [row] = await db.$queryRaw<MoreRoom[]>`
    SELECT COALESCE(extract(epoch FROM clock_timestamp() - t."queuedAt"), 0)::float8 AS "waitedSeconds", t."wholeDevice",
      ${devicesOf('t')} AS "devices"
    FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
    WHERE t."id" = ${trialId}::uuid AND t."state" = 'QUEUED' AND (t."wholeDevice" OR ${devicesOf('t')} > 1) AND ${mayRun}`;
  return row;
}

function readClaim(row: ClaimRow): ClaimedTrial {
  return {
    lease: { trialId: row.id, token: Number(row.leaseToken) },
    sweepId: row.sweepId,
    kind: row.kind,
    spec: TrialSpec.parse(row.spec),
    objective: { metric: row.objectiveMetric, direction: row.objectiveDirection },
    memoryBudgetMiB: row.memoryBudgetMiB,
    predicted: row.predicted,
    attempt: row.attempt,
    timeoutSeconds: row.timeoutSeconds,
    checkpoints: row.checkpoints,
    wholeDevice: row.wholeDevice,
    ...(row.baseSha256 ? { baseSha256: row.baseSha256 } : {}),
    ...(row.packId ? { packId: row.packId } : {}),
    ...(row.continuesId ? { continues: row.continuesId } : {}),
    ...(row.round !== null && row.client !== null
      ? { turn: { round: row.round, client: row.client, ...(row.site !== null && { site: row.site }) } }
      : {}),
    ...(row.awaits && row.turns ? { turns: { round: row.awaits.round, taken: row.turns } } : {}),
    ...(row.scoresTrialId ? { scores: { trialId: row.scoresTrialId, adapter: row.adapter ?? undefined } } : {}),
  };
}
