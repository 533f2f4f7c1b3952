/** @file The row a worker keeps of itself. */
import type { DeviceView, EngineName } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';

export interface WorkerIdentity {
  name: string;
  host: string;
  pid: number;
  version: string;
  engines: readonly EngineName[];
  slots: number;
  devices: readonly DeviceView[];
}

/** Makes the row of a worker that starts, dated by the clock of the database, and returns its id. */
export async function registerWorker(db: Database, worker: WorkerIdentity): Promise<string> {
  const { name, host, pid, version, engines, slots, devices } = worker;
  const id = uuidv7();
  await db.$executeRaw`
    INSERT INTO "Worker" ("id", "name", "host", "pid", "version", "engines", "slots", "devices", "startedAt", "heartbeatAt")
    VALUES (${id}::uuid, ${name}, ${host}, ${pid}::int, ${version}, ${[...engines]}::text[], ${slots}::int,
      ${JSON.stringify(devices)}::jsonb, clock_timestamp(), clock_timestamp())`;
  return id;
}

/** Says that a worker is alive, by the clock of the database, and what its devices hold. */
export async function heartbeat(
  db: Database,
  workerId: string,
  now: { devices: readonly DeviceView[]; draining: boolean },
): Promise<void> {
  await db.$executeRaw`
    UPDATE "Worker" SET "heartbeatAt" = clock_timestamp(), "devices" = ${JSON.stringify(now.devices)}::jsonb,
      "draining" = ${now.draining}
    WHERE "id" = ${workerId}::uuid`;
}

/** Says that a worker ended in order. */
export async function stopWorker(db: Database, workerId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "Worker" SET "stoppedAt" = clock_timestamp(), "heartbeatAt" = clock_timestamp() WHERE "id" = ${workerId}::uuid`;
}
