/** @file Workers, their devices, and the queue between the API and them. */
import { z } from 'zod';
import { Id, Timestamp } from './common.js';
import { EngineName } from './engine.js';
import { deviceKinds } from './engines.js';

export const DeviceView = z.object({
  id: z.string().meta({
    description: 'Stable within the worker: `host`, `cuda:0`, or `cuda:0:1` for a slice of a card in MIG mode.',
  }),
  name: z.string(),
  kind: z.enum(deviceKinds),
  uuid: z.string().optional().meta({ description: 'Of an NVIDIA device or a slice of one, as the driver names it.' }),
  engines: z.array(EngineName).optional().meta({ description: 'Engines of the worker that compute on it.' }),
  slots: z.number().int().optional().meta({ description: 'Trials it runs at once, where memory allows.' }),
  trouble: z.string().optional().meta({ description: 'Why no trial begins on it now.' }),
  totalBytes: z.number().int(),
  capacityBytes: z.number().int().meta({
    description: 'What trials may take together now: what others use and what is kept free is not in it.',
  }),
  reservedBytes: z.number().int().meta({ description: 'What running trials have reserved.' }),
  usedByOthersBytes: z.number().int().optional().meta({ description: 'Held by other programs when last read.' }),
  keptFreeBytes: z
    .number()
    .int()
    .optional()
    .meta({ description: 'Kept for others by the operator, whether they use it or not.' }),
  processes: z
    .array(z.object({ pid: z.number().int(), name: z.string(), bytes: z.number().int().nullable() }))
    .optional()
    .meta({ description: 'Processes on a card, where the driver lists them.' }),
  webgpu: z
    .object({ adapter: z.string(), maxBufferBytes: z.number(), maxBindingBytes: z.number() })
    .optional()
    .meta({ description: 'The adapter of the engine webgpu and the largest tensor it takes.' }),
});
export type DeviceView = z.infer<typeof DeviceView>;

/**
 * Version of what a worker and the database agree on: statements, states, and the meaning of columns, the fields of a
 * trial's spec among them. It grows with a migration that an older worker would not survive.
 */
export const workerContract = 12;

export const WorkerView = z
  .object({
    id: Id,
    name: z.string(),
    host: z.string(),
    pid: z.number().int(),
    version: z.string(),
    contract: z.number().int().meta({ description: 'Version of what it and the database agree on.' }),
    served: z.boolean().meta({ description: 'False when a migration ended its contract: it takes no further trial.' }),
    engines: z.array(EngineName),
    slots: z.number().int(),
    state: z.enum(['live', 'draining', 'lost', 'stopped']),
    trouble: z.string().optional().meta({
      description: 'Why it takes no trial, and what to do, such as a folder of artifacts that is not that of the API.',
    }),
    devices: z.array(DeviceView),
    holds: z.array(z.string()).meta({
      description: 'Sites of federations of this project whose data it has, by names like `dataset:mail/north`.',
    }),
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

/** A worker that is silent for longer has lost its trials, however it was set. */
export const longestLeaseSeconds = 600;

/** Seconds that an engine may take to open on the cards of a worker that starts: libraries of CUDA are loaded the first time. */
export const cardsOpenWithinSeconds = 300;

/**
 * How a queue is named: by its engine, then by its memory class, then by the site whose data its trials need, where they need any. `format`
 * of PostgreSQL reads the same pattern.
 */
export const queueNamePattern = 'trials.%s.%s%s';

/**
 * Queue of one engine and one memory class.
 * @param site data that its trials need. Its name may have any letters, and that of a queue may not: it is written as hexadecimal bytes
 * @example queueName('wasm', 64) // 'trials.wasm.64'
 */
export function queueName(engine: EngineName, classMiB: number, site: string | null = null): string {
  const hex = [...new TextEncoder().encode(site ?? '')].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return queueNamePattern
    .replace('%s', engine)
    .replace('%s', String(classMiB))
    .replace('%s', hex && `.${hex}`);
}

/** Name of a job: a wake-up, and the contract of who sent it. Workers of before look at the payload alone. */
export const wakeUpName = `wake-up.${workerContract}`;

/** The contract of who sent a wake-up, by the name of its job; those of before name none, which is the first. */
export function contractOfWakeUp(name: string): number {
  return Number(/^wake-up\.(\d+)$/.exec(name)?.[1] ?? 1);
}

/** Job id of a wake-up: one per trial and attempt, so that adding it again changes nothing. */
export function wakeUpJobId(trialId: string, attempt: number): string {
  return `${trialId}.${attempt}`;
}

/** Places within a sweep that are told apart; BullMQ's 2^21 priorities hold 101 times as many. */
const turns = 20_000;

/**
 * BullMQ runs small numbers first (1 … 2^21), a sweep's priority is larger-first (0 … 100). Sweeps of one priority take
 * turns: the nth trial of each goes before the one after it of any.
 *
 * @param ordinal 1-based, of the trial in its sweep
 * @example queuePriority(50, 1) < queuePriority(50, 2) && queuePriority(51, 2) < queuePriority(50, 1) // true
 */
export function queuePriority(sweepPriority: number, ordinal: number): number {
  return (100 - sweepPriority) * turns + Math.min(ordinal, turns);
}
