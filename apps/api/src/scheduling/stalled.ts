/** @file Why no trial of a running sweep begins. */
import { type EngineName, MIB, type SweepState, type TrialCounts, withoutWorkerText } from '@rankforge/contracts';
import { devicesOf, isLive } from '@rankforge/db';
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
  /** Processes that train it together, each with its class of memory. */
  devices: number;
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
      const reason = beyondAll(
        id,
        smallest.filter(({ waitingId }) => waitingId === id),
        live,
      );
      return reason ? [[id, reason] as const] : [];
    }),
  );
}

/** Why a queued trial can't begin, whatever ends; undefined where it can. */
export async function stalledTrial(
  sql: Sql,
  { id, sweepId }: { id: string; sweepId: string },
): Promise<string | undefined> {
  const own = await smallestWaiting(sql, [sweepId], id);
  return beyondAll(sweepId, own, await liveEngines(sql), 'this trial');
}

/** Why none of the trials of a sweep can begin; undefined while one of them can, as one on another of its engines may. */
function beyondAll(
  sweepId: string,
  waitedFor: readonly Smallest[],
  live: Live,
  called: Called = 'the smallest trial that waits',
): string | undefined {
  const own = waitedFor.filter((one) => one.sweepId === sweepId).map((one) => beyond(one, live, called));
  if (own.length === 0) return leadersBeyond(waitedFor, live);
  return own.includes(undefined) ? undefined : own[0];
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

/** A trial in words. */
type Called = 'the smallest trial that waits' | 'this trial';

const beyond = (one: Smallest, live: Live, called: Called = 'the smallest trial that waits'): string | undefined =>
  withoutWorkerText(one.engine, [...live.keys()]) ??
  beyondQuota(one, called) ??
  beyondDevices(one, live.get(one.engine)!, called);

async function liveEngines(sql: Sql): Promise<Live> {
  const rows = await sql.$queryRaw<{ engine: string; bytes: number }[]>`
    SELECT e."engine", COALESCE(max((d->>'capacityBytes')::float8) FILTER (WHERE COALESCE(d->'engines' ? e."engine", true)), 0) AS "bytes"
    FROM "Worker" w CROSS JOIN LATERAL unnest(w."engines") AS e("engine")
      LEFT JOIN LATERAL jsonb_array_elements(w."devices") d ON true
    WHERE ${isLive('w')} GROUP BY e."engine" ORDER BY 1`;
  return new Map(rows.map(({ engine, bytes }) => [engine, bytes]));
}

/**
 * By sweep, of those that wait, and by the sweep of what they wait for, its engine and its processes.
 *
 * @param trialId the one trial that is looked at; default: all
 */
function smallestWaiting(sql: Sql, sweepIds: readonly string[], trialId?: string): Promise<Smallest[]> {
  return sql.$queryRaw<Smallest[]>`
    SELECT w."id" AS "waitingId", s."id" AS "sweepId", s."name", q."engine", q."runs", q."bytes", q."classMiB", q."devices",
      p."name" AS "project", p."maxRunningTrials" AS "projectRunning",
      p."maxReservedMiB"::float8 AS "projectMiB", k."name" AS "key", k."maxRunningTrials" AS "keyRunning",
      k."maxReservedMiB"::float8 AS "keyMiB"
    FROM "Sweep" w CROSS JOIN LATERAL (
        SELECT l."sweepId", l."engine", min(l."predictedBytes")::float8 AS "bytes", min(l."memoryClassMiB") AS "classMiB",
          ${devicesOf('l')} AS "devices",
          bool_or(l."state" <> 'QUEUED') AS "runs"
        FROM "Trial" t JOIN "Trial" l ON l."id" = COALESCE(t."leaderId", t."id")
        WHERE t."sweepId" = w."id" AND t."id" = COALESCE(${trialId ?? null}::uuid, t."id") AND t."state" IN ('PENDING', 'QUEUED')
          AND (l."state" IN ('QUEUED', 'RUNNING') OR (l."state" = 'PENDING' AND l."id" = t."leaderId"))
        GROUP BY l."sweepId", l."engine", "devices") q
      JOIN "Sweep" s ON s."id" = q."sweepId" JOIN "Project" p ON p."id" = s."projectId"
      LEFT JOIN "ApiKey" k ON k."id" = s."createdById"
    WHERE w."id" = ANY(${[...sweepIds]}::uuid[]) ORDER BY w."id", s."id", q."devices"`;
}

function beyondQuota({ bytes, ...of }: Smallest, called: Called): string | undefined {
  const quotas = [
    { whose: `project ${of.project}`, running: of.projectRunning, mib: of.projectMiB },
    { whose: `key ${of.key}`, running: of.keyRunning, mib: of.keyMiB },
  ];
  for (const { whose, running, mib } of quotas) {
    if (running === 0) return `the quota of ${whose} lets no trial run: raise it`;
    if (mib !== null && bytes > mib * MIB) {
      return `the quota of ${whose} is ${mib} MiB, and ${called} needs ${mibOf(bytes)}: raise it, or make a sweep of smaller trials`;
    }
  }
  return undefined;
}

/** Trials are taken by their class of memory, which a device must be able to hold for each process. */
function beyondDevices({ classMiB, devices }: Smallest, deviceBytes: number, called: Called): string | undefined {
  const mib = classMiB * devices;
  if (deviceBytes === 0 || mib * MIB <= deviceBytes) return undefined;
  const largest = `where ${mib} MiB are, and the largest device has ${mibOf(deviceBytes)} for trials`;
  return devices === 1
    ? `no device of a live worker can hold ${called}: it is taken ${largest}`
    : `no device of a live worker has room for the ${devices} processes of ${called}: they are taken ${largest}; take fewer devices, or start a worker with more memory`;
}

const mibOf = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
