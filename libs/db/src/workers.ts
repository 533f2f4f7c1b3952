/** @file The row a worker keeps of itself, and what others read from it. */
import {
  type DeviceView,
  type EngineName,
  RunnerAbilities,
  type WorkerView,
  workerContract,
} from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

/** The database does not serve the contract of a worker; the message says which are served, and what to do. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** Runs a statement and turns the refusal of a contract into its own error. */
export async function withContract<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (cause) {
    const refusal =
      cause instanceof Error &&
      /worker [^\n]* speaks contract \d+, and this database serves [^\n`]*/.exec(cause.message);
    throw refusal ? new ContractError(refusal[0], { cause }) : cause;
  }
}

export interface WorkerIdentity {
  name: string;
  host: string;
  pid: number;
  version: string;
  engines: readonly EngineName[];
  /** What those of its engines can do that are runners. Default: nothing is known of it. */
  runners?: Partial<Record<EngineName, RunnerAbilities>>;
  slots: number;
  devices: readonly DeviceView[];
  /** Sites of federations whose data it has. Default: none. */
  holds?: readonly string[];
  /** Default: the contract of this code. */
  contract?: number;
}

/**
 * Makes the row of a worker that starts, dated by the clock of the database, and returns its id.
 * @throws ContractError when its contract is not served by this database
 */
export async function registerWorker(db: Database, worker: WorkerIdentity): Promise<string> {
  const { name, host, pid, version, engines, runners = {}, slots, devices, holds = [] } = worker;
  const { contract = workerContract } = worker;
  const id = uuidv7();
  await withContract(
    () => db.$executeRaw`
    INSERT INTO "Worker" ("id", "name", "host", "pid", "version", "engines", "runners", "slots", "devices", "holds", "contract", "startedAt", "heartbeatAt")
    VALUES (${id}::uuid, ${name}, ${host}, ${pid}::int, ${version}, ${[...engines]}::text[],
      ${JSON.stringify(runners)}::jsonb, ${slots}::int, ${JSON.stringify(devices)}::jsonb, ${[...holds]}::text[], ${contract}::int, clock_timestamp(), clock_timestamp())`,
  );
  return id;
}

/** Says that a worker is alive, by the clock of the database, what its devices hold, and why it takes no trial. */
export async function heartbeat(
  db: Database,
  workerId: string,
  now: { devices: readonly DeviceView[]; draining: boolean; trouble?: string | undefined },
): Promise<void> {
  await db.$executeRaw`
    UPDATE "Worker" SET "heartbeatAt" = clock_timestamp(), "devices" = ${JSON.stringify(now.devices)}::jsonb,
      "draining" = ${now.draining}, "trouble" = ${now.trouble ?? null},
      "clockAheadMs" = round(${Date.now()}::float8 - extract(epoch FROM clock_timestamp()) * 1000)
    WHERE "id" = ${workerId}::uuid`;
}

/** Says that a worker ended in order. */
export async function stopWorker(db: Database, workerId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "Worker" SET "stoppedAt" = clock_timestamp(), "heartbeatAt" = clock_timestamp() WHERE "id" = ${workerId}::uuid`;
}

export type WorkerStanding = WorkerView['state'];

/** By the clock of the database, several heartbeats. */
const isSilent = (alias: string) => `${alias}."heartbeatAt" < clock_timestamp() - interval '15 seconds'`;

/** SQL: state of a worker `w`; one that has not been heard of for some seconds is lost. */
export const workerStanding = Prisma.raw(`
  CASE WHEN w."stoppedAt" IS NOT NULL THEN 'stopped'
       WHEN ${isSilent('w')} THEN 'lost'
       WHEN w."draining" THEN 'draining'
       ELSE 'live' END`);

/** SQL: the standing of a worker, by its alias, is `live`. */
export const isLive = (alias: string) =>
  Prisma.raw(`(${alias}."stoppedAt" IS NULL AND NOT ${isSilent(alias)} AND NOT ${alias}."draining")`);

/** SQL: a worker `w` was heard of in the last day; others are on no list. */
export const isListed = Prisma.raw(`w."heartbeatAt" > clock_timestamp() - interval '1 day'`);

/** A runner of a worker. */
export interface AnnouncedRunner {
  worker: string;
  engine: string;
  able: RunnerAbilities;
}

/** What runners of live workers said that they can do; those of other versions may say nothing that is understood here. */
export async function announcedRunners(db: Database): Promise<AnnouncedRunner[]> {
  const rows = await db.$queryRaw<{ worker: string; engine: string; able: unknown }[]>`
    SELECT w."name" AS "worker", r."key" AS "engine", r."value" AS "able"
    FROM "Worker" w CROSS JOIN LATERAL jsonb_each(w."runners") r WHERE ${isLive('w')} ORDER BY w."name", r."key"`;
  return rows.flatMap(({ able, ...of }) => {
    const parsed = RunnerAbilities.safeParse(able);
    return parsed.success ? [{ ...of, able: parsed.data }] : [];
  });
}
