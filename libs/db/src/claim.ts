/**
 * @file Claims queued trials, and for one of them siblings that can train beside it. Siblings share project, task, base, engine
 * and length of sequences, so that one process holds one copy of the base and of the data for all of them.
 */
import { type DeviceView, type MemoryByPart, type TrialKind, TrialSpec } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { StoredArtifact } from './artifacts.js';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { type Lease, type Locked, mayRun, passOver } from './lease.js';
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
  /** Others may train in one process with it. */
  leadsPack: boolean;
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
  leadsPack: boolean;
}

/** A trial that is claimed, and the place where it would run. */
export interface ClaimPlace {
  trialId: string;
  device: DeviceView['id'];
  /** Nothing else runs on the device while the trial does: one that asks for that can be claimed. */
  wholeDevice?: boolean;
  /** Devices that it has, or room for so many processes on one: a trial that takes more can't be claimed. Default 1. */
  devices?: number;
}

/** The worker that claims, and for how long its leases hold unless it renews them. */
export interface Claimer {
  workerId: string;
  leaseSeconds: number;
}

/** SQL: devices that a trial takes. */
export const devicesOf = (trial: string) =>
  Prisma.sql`COALESCE((${Prisma.raw(trial)}."spec"->'training'->>'devices')::int, 1)`;

/** SQL: a trial, by its alias, can train in one process with others. */
const canBePacked = (trial: string) =>
  Prisma.sql`${trains(trial)} AND NOT ${Prisma.raw(trial)}."alone" AND ${Prisma.raw(trial)}."predicted" ? 'packed'`;

/** SQL: the assignments by which trials `t` begin to run, with a new lease and a new attempt. */
const running = ({ workerId, leaseSeconds }: Claimer) => Prisma.sql`
        "state" = 'RUNNING',
        "leaseToken" = t."leaseToken" + 1,
        "leaseExpiresAt" = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8),
        "workerId" = ${workerId}::uuid,
        "attempts" = t."attempts" + 1,
        "startedAt" = COALESCE(t."startedAt", clock_timestamp())`;

/**
 * SQL: a trial `t` that is asked for by its id is queued. No index serves a test for truth: where its statistics are older than a sweep,
 * Postgres would take the one on the state, and read all that is queued.
 */
const isQueued = Prisma.sql`(t."state" = 'QUEUED') IS TRUE`;

/** SQL: the columns of `ClaimRow` after `attemptId`, of trials `c` that were claimed. */
const claimedColumns = Prisma.sql`c."id", c."leaseToken", c."attempts" AS "attempt", c."sweepId", c."kind", c."spec", c."baseSha256",
      c."objectiveMetric", c."objectiveDirection", c."memoryBudgetMiB", c."predicted", c."timeoutSeconds", scored."id" AS "scoresTrialId",
      c."continuesId", c."packId", c."wholeDevice", c."round", c."client", c."site", c."awaits", ${turnsOf('c')} AS "turns",
      (${canBePacked('c')}) AS "leadsPack", COALESCE((
        SELECT jsonb_agg(jsonb_build_object('step', k."step", 'sha256', k."sha256", 'bytes', k."bytes") ORDER BY k."step" DESC)
        FROM "Artifact" k WHERE k."trialId" IN (c."id", c."continuesId", c."partOfId") AND k."kind" = 'checkpoint'), '[]') AS "checkpoints",
      (SELECT jsonb_build_object('step', a."step", 'sha256', a."sha256", 'bytes', a."bytes") FROM "Artifact" a
        WHERE a."trialId" = COALESCE(scored."leaderId", scored."id") AND a."kind" IN ('adapter', 'scores')
        ORDER BY a."step" DESC LIMIT 1) AS "adapter"`;

/** SQL: what `claimedColumns` reads beside the trials `c`. */
const scoredByClaimed = Prisma.sql`LEFT JOIN "Trial" whole ON whole."id" = c."partOfId"
      LEFT JOIN "Trial" scored ON scored."id" = COALESCE(c."scoresTrialId", whole."scoresTrialId")`;

/** SQL: neither the project nor the key of a sweep `s` has a quota of what runs. */
const withoutQuota = Prisma.sql`NOT EXISTS (
          SELECT 1 FROM "Project" p LEFT JOIN "ApiKey" k ON k."id" = s."createdById"
          WHERE p."id" = s."projectId"
            AND COALESCE(p."maxRunningTrials", p."maxReservedMiB", k."maxRunningTrials", k."maxReservedMiB") IS NOT NULL)`;

/**
 * Takes queued trials that may run for a worker, all in one statement: `QUEUED → RUNNING`, each with a new token and a new attempt.
 *
 * @param options.locked what becomes of a trial whose row another statement has locked. Only a claim of one trial may wait. A claim
 * that passes over leaves trials that a quota counts, too: each is counted under a lock of its project, and a statement that takes
 * several of those locks could wait in a circle.
 * @returns for each of `asked` the trial, or why there is none. `nothing`: another worker has it, it was cancelled, its sweep is
 * paused, or its kind is one that this version does not know. `passed-over`: claimed alone it may be there.
 * @throws ContractError when the worker's contract is not served any more
 */
export async function claimTrials(
  db: Database,
  claimer: Claimer,
  asked: readonly ClaimPlace[],
  { locked }: { locked: Locked },
): Promise<(ClaimedTrial | 'nothing' | 'passed-over')[]> {
  const attemptIds = asked.map(() => uuidv7());
  const rows = await withContract(
    () => db.$queryRaw<({ attemptId: string; queued: boolean } & (ClaimRow | { id: null }))[]>`
    WITH asked AS (
      SELECT * FROM unnest(${asked.map(({ trialId }) => trialId)}::uuid[], ${attemptIds}::uuid[], ${asked.map(({ device }) => device)}::text[],
        ${asked.map(({ wholeDevice = false }) => wholeDevice)}::boolean[], ${asked.map(({ devices = 1 }) => devices)}::int[]
      ) AS a("id", "attemptId", "device", "wholeDevice", "devices")
    ), held AS (
      SELECT a.* FROM asked a JOIN "Trial" t USING ("id") JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE ${isQueued} AND ${mayRun} AND ${isOfKnownKind('t')}
        AND (t."site" IS NULL OR EXISTS (
          SELECT 1 FROM "Worker" w WHERE w."id" = ${claimer.workerId}::uuid AND t."site" = ANY(w."holds")))
        AND (NOT t."wholeDevice" OR a."wholeDevice") AND ${devicesOf('t')} <= a."devices"
        ${locked === 'wait' ? Prisma.empty : Prisma.sql`AND ${withoutQuota}`}
      FOR NO KEY UPDATE OF t ${passOver(locked)}
    ), led AS (
      UPDATE "Trial" t SET ${running(claimer)}
      FROM held h, "Sweep" s
      WHERE t."id" = h."id" AND t."state" = 'QUEUED' AND s."id" = t."sweepId"
      RETURNING t.*, s."objectiveMetric", s."objectiveDirection", s."baseSha256", NULL::uuid AS "packId", h."attemptId", h."device"
    ), attempt AS (
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "workerId", "engine", "device")
      SELECT "attemptId", "id", "attempts", "leaseToken", "workerId", "engine", "device" FROM led
    )
    SELECT a."attemptId", EXISTS (SELECT 1 FROM "Trial" t WHERE t."id" = a."id" AND t."state" = 'QUEUED') AS "queued", ${claimedColumns}
    FROM asked a LEFT JOIN led c USING ("attemptId") ${scoredByClaimed}`,
  );
  const found = new Map(rows.map((row) => [row.attemptId, row]));
  return attemptIds.map((attemptId) => {
    const row = found.get(attemptId);
    if (row && row.id !== null) return readClaim(row);
    return row?.queued && locked === 'pass-over' ? 'passed-over' : 'nothing';
  });
}

/**
 * Takes one queued trial as `claimTrials` does.
 *
 * @returns undefined when there is nothing to take
 * @example
 * const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 10 });
 * if (!claimed) return;
 */
export async function claimTrial(db: Database, input: ClaimPlace & Claimer): Promise<ClaimedTrial | undefined> {
  const [claimed] = await claimTrials(db, input, [input], { locked: 'wait' });
  return typeof claimed === 'object' ? claimed : undefined;
}

/** SQL: queued trials `t` that could train in one process with the leader `l`. */
const siblingsOf = Prisma.sql`"Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
        JOIN leader l ON t."task" = l."task" AND t."base" = l."base" AND t."engine" = l."engine"
          AND s."projectId" = l."projectId" AND t."spec"->>'dataset' IS NOT DISTINCT FROM l."spec"->>'dataset'
          AND s."baseSha256" IS NOT DISTINCT FROM l."baseSha256" AND t."spec"->'teacher' IS NOT DISTINCT FROM l."spec"->'teacher'
          AND t."spec"->'on' IS NOT DISTINCT FROM l."spec"->'on'
          AND t."spec"->'training'->'sequenceLength' = l."spec"->'training'->'sequenceLength'
      WHERE t."state" = 'QUEUED' AND ${canBePacked('t')} AND ${devicesOf('t')} = 1 AND ${mayRun}`;

/**
 * Takes siblings that fit beside a trial that was just claimed, in one statement. Siblings are shared out over all slots that could
 * run them, busy ones included: a worker takes no more than its part, and the less there is left the smaller it is, so that no slot
 * is idle while a pack has trials that it could run. This is guided self-scheduling (Polychronopoulos and Kuck, IEEE Transactions on
 * Computers 36, 1987).
 * Each member has a lease, an attempt and a fate of its own.
 *
 * @returns all members of the pack, the leader first; the leader alone where nothing fits beside it
 */
export async function claimSiblings(
  db: Database,
  claimer: Claimer,
  { leader, device }: { leader: ClaimedTrial; device: DeviceView['id'] },
  room: RoomBeside,
): Promise<ClaimedTrial[]> {
  const most = room.packSize - 1;
  if (most < 1 || !leader.leadsPack) return [leader];
  const packId = uuidv7();
  const attemptIds = Array.from({ length: most }, () => uuidv7());
  const rows = await withContract(
    () => db.$queryRaw<ClaimRow[]>`
    WITH leader AS (
      SELECT t.*, s."projectId", s."baseSha256",
        (t."predicted"->'packed'->>'peak')::float8 AS "peak", (t."predicted"->'packed'->>'resident')::float8 AS "resident"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."id" = ${leader.lease.trialId}::uuid AND t."leaseToken" = ${leader.lease.token}::bigint AND t."state" = 'RUNNING'
    ), places AS (
      SELECT GREATEST(1, COALESCE((
        SELECT sum(LEAST((d->>'slots')::float8, floor((d->>'bytes')::float8 / l."peak")))
        FROM jsonb_array_elements(${JSON.stringify(room.devices)}::jsonb) d), 0) + COALESCE((
        SELECT sum(LEAST(COALESCE((d->>'slots')::float8, w."slots"), floor((d->>'capacityBytes')::float8 / l."peak")))
        FROM "Worker" w CROSS JOIN jsonb_array_elements(w."devices") d
        WHERE w."id" <> ${claimer.workerId}::uuid AND l."engine" = ANY(w."engines") AND ${isLive('w')}
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
      UPDATE "Trial" t SET ${running(claimer)}
      FROM fitting f, "Sweep" s WHERE t."id" = f."id" AND s."id" = t."sweepId"
      RETURNING t.*, s."objectiveMetric", s."objectiveDirection", s."baseSha256", ${packId}::uuid AS "packId"
    ), claimed AS (
      SELECT j.*, row_number() OVER (ORDER BY j."priority" DESC, j."ordinal", j."id") AS "place" FROM joined j
    ), attempt AS (
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "workerId", "engine", "device", "packId")
      SELECT (${attemptIds}::uuid[])[c."place"], c."id", c."attempts", c."leaseToken", c."workerId", c."engine", ${device}, c."packId"
      FROM claimed c
    ), led AS (
      UPDATE "Attempt" a SET "packId" = ${packId}::uuid
      FROM leader l WHERE a."trialId" = l."id" AND a."leaseToken" = l."leaseToken" AND EXISTS (SELECT 1 FROM joined)
    )
    SELECT ${claimedColumns} FROM claimed c ${scoredByClaimed} ORDER BY c."place"`,
  );
  return rows.length === 0 ? [leader] : [{ ...leader, packId }, ...rows.map(readClaim)];
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
    leadsPack: row.leadsPack,
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
