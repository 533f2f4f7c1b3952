/** @file The environment of the worker, read once at start and turned into real types. */
import { cpus, hostname } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EngineName,
  engineNames,
  engineRecord,
  longestLeaseSeconds,
  MIB,
  nameText,
  ownFolders,
  parseEnvironment,
  type RedisTls,
  redisTls,
  sharedVariables,
} from '@rankforge/contracts';
import { generatorVariables } from '@rankforge/generators/settings';
import { z } from 'zod';
import type { StallBounds } from './trainer/stall-watch.js';

/** Three folders above `apps/worker/dist`. */
const repositoryRoot = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

const inCheckout = (path: string) => resolve(repositoryRoot, path);

/** A restart of a file server takes minutes. */
export const defaultStoragePatienceMs = 600_000;

const keptFree = z
  .string()
  .trim()
  .regex(/^(host|cuda:\d+(:\d+)?)=\d+$/, 'expected a device and MiB, e.g. cuda:0=2048')
  .transform((entry): [string, number] => {
    const [device, mib] = entry.split('=') as [string, string];
    return [device, Number(mib) * MIB];
  });

/** The example of a project's id in messages. */
const someProject = '019b0f6e-52c4-7d1a-9c3e-5f2a8b7d6e10';

/** A site of a project, and the file that `rankforge site prepare` kept there. */
const site = z
  .string()
  .regex(
    /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\/[^/=]+\/[^=]+(=.+)?$/,
    `expected the id of a project, a task and a site, e.g. ${someProject}/dataset:mail/north or ${someProject}/dataset:mail/north=/data/north.jsonl: \`rankforge project list\` prints ids`,
  )
  .transform((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? { site: entry } : { site: entry.slice(0, at), file: resolve(repositoryRoot, entry.slice(at + 1)) };
  });

/** Every variable that a worker reads. */
export const WorkerEnvironment = z.object({
  ...sharedVariables(inCheckout),
  RANKFORGE_WORKER_NAME: nameText(200).optional().describe('Name people see; default: host and process'),
  RANKFORGE_WORKER_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('Trials at once on a device; default: cores, on a card cores ÷ cards'),
  RANKFORGE_PACK_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('Most trials that train together in one process on one copy of their base; 1: each has its own'),
  RANKFORGE_KEEP_FREE_MIB: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter((entry) => entry.trim() !== ''))
    .pipe(z.array(keptFree))
    .transform((entries) => Object.fromEntries(entries))
    .describe('Memory kept for others, whether they use it or not, e.g. "host=4096,cuda:0=2048"; default: none'),
  RANKFORGE_PATIENCE_SECONDS: z.coerce
    .number()
    .min(0)
    .max(7 * 86_400)
    .default(900)
    .describe('A trial that does not fit beside others waits this long; then its device drains for it'),
  RANKFORGE_STALL_SECONDS: z.coerce
    .number()
    .min(1)
    .max(7 * 86_400)
    .default(300)
    .describe('A training process that makes no step for this long, and for 20 × its longest step so far, is killed'),
  RANKFORGE_PREPARE_STALL_SECONDS: z.coerce
    .number()
    .min(1)
    .max(7 * 86_400)
    .default(1800)
    .describe('The same before the first step, and while it loads, calibrates or stores'),
  RANKFORGE_STORAGE_PATIENCE_SECONDS: z.coerce
    .number()
    .min(0)
    .max(7 * 86_400)
    .default(defaultStoragePatienceMs / 1000)
    .describe('A trial whose files cannot be reached or stored waits this long for them before it fails'),
  RANKFORGE_CALIBRATIONS_MIB: z.coerce
    .number()
    .int()
    .min(0)
    .default(1024)
    .describe('Disk for calibrations that later trials take over, under RANKFORGE_DATA_DIR; 0: none are kept'),
  RANKFORGE_ENGINES: z
    .string()
    .default('wasm')
    .transform((list) => [...new Set(list.split(',').map((name) => name.trim()))])
    .pipe(z.array(z.enum(engineNames)).min(1))
    .describe(`Engines it runs, joined by commas: ${engineNames.join(', ')}`),
  RANKFORGE_HOLDS: z
    .string()
    .default('')
    .transform((list) => [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
    .pipe(z.array(site))
    .describe(
      `Sites of federations whose data it has, by the ids of their projects, with their files where these lie here alone, e.g. "${someProject}/dataset:mail/north=/data/north.jsonl"; default: none`,
    ),
  RANKFORGE_ENGINES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Engines that were added to this installation; default: engines, under RANKFORGE_DATA_DIR'),
  RANKFORGE_LEASE_SECONDS: z.coerce
    .number()
    .min(2)
    .max(longestLeaseSeconds)
    .default(10)
    .describe('A trial whose worker is silent for this long goes back to its queue'),
  // Read again by the process of a trial, which asks the generator.
  ...generatorVariables,
  RANKFORGE_WORKER_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Serves /metrics on this port; default: not served'),
  RANKFORGE_WORKER_METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('Address /metrics listens on'),
  RANKFORGE_WORKER_METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Bearer token /metrics asks for; default: any API key of the platform'),
});

export interface WorkerSettings {
  databaseUrl: string;
  redisUrl: string;
  redisTls: RedisTls;
  artifactDir: string;
  calibrations: { folder: string; mostBytes: number };
  modelsDir: string;
  /** Engines that were added to this installation. */
  enginesDir: string;
  queuePrefix: string;
  name: string;
  slots: number;
  /** Trials at once on a card; undefined: the cores shared out over the cards. */
  cardSlots: number | undefined;
  packSize: number;
  /** By device id. */
  keptFreeBytes: Readonly<Record<string, number>>;
  patienceMs: number;
  storagePatienceMs: number;
  stall: StallBounds;
  engines: readonly EngineName[];
  /** Folders in which commands may run; none: it runs none. */
  commandFolders: readonly string[];
  /** Sites of federations whose data it has. */
  holds: readonly string[];
  /** Files of those whose data lie on this worker alone, by the site. */
  siteFiles: Readonly<Record<string, string>>;
  leaseSeconds: number;
  /** `token` undefined: a key of the platform opens them. */
  metrics: { host: string; port: number; token: string | undefined } | undefined;
  logLevel: z.infer<typeof WorkerEnvironment>['LOG_LEVEL'];
}

/**
 * Reads the settings.
 * @throws Error naming every variable that is missing or wrong, and what it is for
 */
export function readSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  const env = parseEnvironment('The worker', WorkerEnvironment, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    redisTls: redisTls(env),
    artifactDir: resolve(env.RANKFORGE_DATA_DIR, ownFolders.artifacts),
    calibrations: {
      folder: resolve(env.RANKFORGE_DATA_DIR, ownFolders.calibrations),
      mostBytes: env.RANKFORGE_CALIBRATIONS_MIB * MIB,
    },
    modelsDir: env.RANKFORGE_MODELS_DIR,
    enginesDir: resolve(
      repositoryRoot,
      env.RANKFORGE_ENGINES_DIR ?? resolve(env.RANKFORGE_DATA_DIR, ownFolders.engines),
    ),
    queuePrefix: env.RANKFORGE_QUEUE_PREFIX,
    name: env.RANKFORGE_WORKER_NAME ?? `${hostname()}-${process.pid}`,
    slots: env.RANKFORGE_WORKER_SLOTS ?? cpus().length,
    cardSlots: env.RANKFORGE_WORKER_SLOTS,
    packSize: env.RANKFORGE_PACK_SIZE,
    keptFreeBytes: env.RANKFORGE_KEEP_FREE_MIB,
    patienceMs: env.RANKFORGE_PATIENCE_SECONDS * 1000,
    stall: {
      stepMs: env.RANKFORGE_STALL_SECONDS * 1000,
      otherMs: env.RANKFORGE_PREPARE_STALL_SECONDS * 1000,
    },
    storagePatienceMs: env.RANKFORGE_STORAGE_PATIENCE_SECONDS * 1000,
    engines: runnable(env.RANKFORGE_ENGINES, env.RANKFORGE_COMMAND_FOLDERS),
    commandFolders: env.RANKFORGE_COMMAND_FOLDERS,
    holds: env.RANKFORGE_HOLDS.map(({ site }) => site),
    siteFiles: Object.fromEntries(
      env.RANKFORGE_HOLDS.flatMap(({ site, file }) => (file === undefined ? [] : [[site, file]])),
    ),
    leaseSeconds: env.RANKFORGE_LEASE_SECONDS,
    metrics: metricsAddress(env),
    logLevel: env.LOG_LEVEL,
  };
}

/** Commands run where an administrator listed folders, and there alone. */
const runnable = (engines: readonly EngineName[], commandFolders: readonly string[]): EngineName[] => [
  ...engines.filter((name) => !engineRecord(name).commands),
  ...engineNames.filter((name) => engineRecord(name).commands && commandFolders.length > 0),
];

function metricsAddress(env: z.infer<typeof WorkerEnvironment>): WorkerSettings['metrics'] {
  const { RANKFORGE_WORKER_METRICS_PORT: port, RANKFORGE_WORKER_METRICS_TOKEN: token } = env;
  return port === undefined ? undefined : { host: env.RANKFORGE_WORKER_METRICS_HOST, port, token };
}
