/** @file Why no trial of a running sweep begins. */
import { type EngineName, MIB, type SweepState, type TrialCounts, withoutWorkerText } from '@rankforge/contracts';
import { isLive } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

interface Waiting {
  id: string;
  state: SweepState;
  trials: TrialCounts;
}

/** The smallest trial of a sweep that others wait for, or that waits itself, with the quotas of its project and key. */
interface Smallest {
  /** The sweep whose trials wait. */
  waitingId: string;
  /** The sweep of the trial: the same one, or that of trials which lead. */
  sweepId: string;
  name: string;
  engine: EngineName;
  /** A trial of this sweep that they wait for runs, or waits for the clients of its federation. */
  runs: boolean;
  bytes: number;
  classMiB: number;
  project: string;
  projectRunning: number | null;
  projectMiB: number | null;
  key: string | null;
  keyRunning: number | null;
  keyMiB: number | null;
}

/** By engine the most bytes that a device of a live worker can give to trials; 0 where the worker names no device. */
type Live = ReadonlyMap<string, number>;

/** Reasons by sweep, of those of which trials wait and none can begin, whatever ends. */
export async function stalledBy(sql: Sql, sweeps: readonly Waiting[]): Promise<Map<string, string>> {
  const still = sweeps.filter(
    ({ state, trials }) => state === 'RUNNING' && trials.RUNNING === 0 && trials.QUEUED + trials.PENDING > 0,
  );
  if (still.length === 0) return new Map();
  const live = await liveEngines(sql);
  const smallest = await smallestWaiting(
    sql,
    still.map(({ id }) => id),
  );
  return new Map(
    still.flatMap(({ id }) => {
      const waitedFor = smallest.filter(({ waitingId }) => waitingId === id);
      const own = waitedFor.filter(({ sweepId }) => sweepId === id).map((one) => beyond(one, live));
      // Trials on another of its engines may begin.
      const reason = own.length > 0 ? (own.includes(undefined) ? undefined : own[0]) : leadersBeyond(waitedFor, live);
      return reason ? [[id, reason] as const] : [];
    }),
  );
}

/**
 * Why none of the trials can begin whose results a sweep waits for; undefined while one of them runs, or can begin. A pause of their sweep
 * holds none of them back.
 */
function leadersBeyond(leaders: readonly Smallest[], live: Live): string | undefined {
  const reasons = leaders.map((one) => (one.runs ? undefined : beyond(one, live)));
  const [first] = leaders;
  const [reason] = reasons;
  if (!first || reasons.includes(undefined)) return undefined;
  return `its trials wait for equal ones of the sweep ${first.name} (${first.sweepId}): ${reason}`;
}

const beyond = (one: Smallest, live: Live): string | undefined =>
  withoutWorkerText(one.engine, [...live.keys()]) ?? beyondQuota(one) ?? beyondDevices(one, live.get(one.engine)!);

async function liveEngines(sql: Sql): Promise<Live> {
  const rows = await sql.$queryRaw<{ engine: string; bytes: number }[]>`
    SELECT e."engine", COALESCE(max((d->>'capacityBytes')::float8) FILTER (WHERE COALESCE(d->'engines' ? e."engine", true)), 0) AS "bytes"
    FROM "Worker" w CROSS JOIN LATERAL unnest(w."engines") AS e("engine")
      LEFT JOIN LATERAL jsonb_array_elements(w."devices") d ON true
    WHERE ${isLive('w')} GROUP BY e."engine" ORDER BY 1`;
  return new Map(rows.map(({ engine, bytes }) => [engine, bytes]));
}

/** By sweep, of those that wait, and by the sweep of what they wait for. */
function smallestWaiting(sql: Sql, sweepIds: readonly string[]): Promise<Smallest[]> {
  return sql.$queryRaw<Smallest[]>`
    SELECT w."id" AS "waitingId", s."id" AS "sweepId", s."name", q."engine", q."runs", q."bytes", q."classMiB",
      p."name" AS "project", p."maxRunningTrials" AS "projectRunning",
      p."maxReservedMiB"::float8 AS "projectMiB", k."name" AS "key", k."maxRunningTrials" AS "keyRunning",
      k."maxReservedMiB"::float8 AS "keyMiB"
    FROM "Sweep" w CROSS JOIN LATERAL (
        SELECT l."sweepId", l."engine", min(l."predictedBytes")::float8 AS "bytes", min(l."memoryClassMiB") AS "classMiB",
          bool_or(l."state" <> 'QUEUED') AS "runs"
        FROM "Trial" t JOIN "Trial" l ON l."id" = COALESCE(t."leaderId", t."id")
        WHERE t."sweepId" = w."id" AND t."state" IN ('PENDING', 'QUEUED')
          AND (l."state" IN ('QUEUED', 'RUNNING') OR (l."state" = 'PENDING' AND l."id" = t."leaderId"))
        GROUP BY l."sweepId", l."engine") q
      JOIN "Sweep" s ON s."id" = q."sweepId" JOIN "Project" p ON p."id" = s."projectId"
      LEFT JOIN "ApiKey" k ON k."id" = s."createdById"
    WHERE w."id" = ANY(${[...sweepIds]}::uuid[]) ORDER BY w."id", s."id"`;
}

function beyondQuota({ bytes, ...of }: Smallest): string | undefined {
  const quotas = [
    { whose: `project ${of.project}`, running: of.projectRunning, mib: of.projectMiB },
    { whose: `key ${of.key}`, running: of.keyRunning, mib: of.keyMiB },
  ];
  for (const { whose, running, mib } of quotas) {
    if (running === 0) return `the quota of ${whose} lets no trial run: raise it`;
    if (mib !== null && bytes > mib * MIB) {
      return `the quota of ${whose} is ${mib} MiB, and the smallest trial that waits needs ${mibOf(bytes)}: raise it, or make a sweep of smaller trials`;
    }
  }
  return undefined;
}

/** Trials are taken by their class of memory, which a device must be able to hold. */
function beyondDevices({ classMiB }: Smallest, deviceBytes: number): string | undefined {
  if (deviceBytes === 0 || classMiB * MIB <= deviceBytes) return undefined;
  return `no device of a live worker can hold the smallest trial that waits: it is taken where ${classMiB} MiB are, and the largest device has ${mibOf(deviceBytes)} for trials`;
}

const mibOf = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
