/** @file Workers, their devices, and the queue between the API and them. */
import { z } from 'zod';
import { Id, Timestamp } from './common.js';
import { EngineName } from './trial.js';

export const DeviceView = z.object({
  id: z.string().meta({ description: 'Stable within the worker, e.g. `host` or `cuda:0`.' }),
  name: z.string(),
  kind: z.enum(['host', 'cuda', 'webgpu']),
  totalBytes: z.number().int(),
  capacityBytes: z.number().int().meta({ description: 'What trials may take together.' }),
  reservedBytes: z.number().int().meta({ description: 'What running trials have reserved.' }),
});
export type DeviceView = z.infer<typeof DeviceView>;

export const WorkerView = z
  .object({
    id: Id,
    name: z.string(),
    host: z.string(),
    pid: z.number().int(),
    version: z.string(),
    engines: z.array(EngineName),
    slots: z.number().int(),
    state: z.enum(['live', 'draining', 'lost', 'stopped']),
    devices: z.array(DeviceView),
    runningTrials: z.array(Id),
    startedAt: Timestamp,
    heartbeatAt: Timestamp,
  })
  .meta({ id: 'Worker' });
export type WorkerView = z.infer<typeof WorkerView>;
export const WorkerList = z.object({ workers: z.array(WorkerView) }).meta({ id: 'WorkerList' });
export type WorkerList = z.infer<typeof WorkerList>;

/** Payload of a queue job: a wake-up. Everything else is read from Postgres at the claim. */
export const WakeUp = z.strictObject({ trialId: Id });
export type WakeUp = z.infer<typeof WakeUp>;

/**
 * Queue of one engine and one memory class.
 * @example queueName('wasm', 64) // 'trials.wasm.64'
 */
export function queueName(engine: EngineName, classMiB: number): string {
  return `trials.${engine}.${classMiB}`;
}

/** Job id of a wake-up: one per trial and attempt, so that adding it again changes nothing. */
export function wakeUpJobId(trialId: string, attempt: number): string {
  return `${trialId}.${attempt}`;
}

/** BullMQ runs small numbers first (1 … 2^21), a sweep's priority is larger-first (0 … 100). */
export function queuePriority(sweepPriority: number): number {
  return 101 - sweepPriority;
}
