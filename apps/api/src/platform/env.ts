import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  folderVariable,
  MIB,
  ownFolders,
  parseEnvironment,
  type RedisTls,
  redisTls,
  sharedVariables,
} from '@rankforge/contracts';
import { type GeneratorSettings, generatorVariables, readGeneratorSettings } from '@rankforge/generators';
import { z } from 'zod';
import type { BodyPace } from './http/slow-bodies.js';
import { type LoginSettings, loginVariables, readLoginSettings } from './login-settings.js';

/** Four folders above `apps/api/dist/platform`. */
const repositoryRoot = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));

const inCheckout = (path: string) => resolve(repositoryRoot, path);

const namedRanges = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * How many proxies stand in front, or which: the address of a client is the last one in X-Forwarded-For that none of them
 * has. To believe all of it would let a client write its own.
 */
const trustedProxies = z
  .string()
  .default('0')
  .transform((text, context) => {
    if (/^\d{1,2}$/.test(text)) return Number(text) || (false as const);
    if (text === 'false') return false as const;
    const parts = text.split(',').map((part) => part.trim());
    const wrong = parts.find((part) => !namedRanges.includes(part) && !isAddressRange(part));
    if (wrong === undefined) return parts;
    const message = `"${wrong}" is neither a number of proxies, nor an address, a range such as 10.0.0.0/8, or one of ${namedRanges.join(', ')}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function isAddressRange(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Every variable that the API reads. */
export const ApiEnvironment = z.object({
  ...sharedVariables(inCheckout),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes a free one'),
  RANKFORGE_PORT_FILE: z.string().min(1).optional().describe('File the address is written to once the API listens'),
  RANKFORGE_LAUNCH_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Secret by which the API proves at /readyz to its launcher that it is the one that was started'),
  RANKFORGE_UPLOAD_MIB: z.coerce.number().positive().max(65_536).default(256).describe('Largest upload of a data set'),
  RANKFORGE_DASHBOARD_DIR: folderVariable('apps/dashboard/dist', inCheckout).describe(
    'Built page; not served when it is missing',
  ),
  RANKFORGE_METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Bearer token for which /metrics says the series of the whole installation; default: an admin of it sees them',
    ),
  RANKFORGE_RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(1)
    .default(3000)
    .describe('Requests per minute of one key or session that is good, and of one address for all others'),
  RANKFORGE_EVENT_BUFFER_KIB: z.coerce
    .number()
    .min(16)
    .max(65_536)
    .default(1024)
    .describe('A client of events with more than this unsent is dropped; it resumes where it was'),
  RANKFORGE_STREAMS_PER_KEY: z.coerce
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('Event streams that one key may hold open in this process'),
  RANKFORGE_REQUEST_GRACE_SECONDS: z.coerce
    .number()
    .min(1)
    .default(20)
    .describe(
      'Time in which the head of a request must arrive, and its body; longer bodies must keep RANKFORGE_BODY_KIB_PER_SECOND',
    ),
  RANKFORGE_BODY_KIB_PER_SECOND: z.coerce
    .number()
    .min(0.1)
    .default(8)
    .describe(
      'Pace that a body must keep once RANKFORGE_REQUEST_GRACE_SECONDS are over, and that a download must be read at',
    ),
  RANKFORGE_FAILED_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('Refused keys per minute of one client address; further ones are answered with 429'),
  RANKFORGE_METRIC_DAYS: z.coerce
    .number()
    .min(0)
    .optional()
    .describe('Series of trials that ended longer ago are thinned to 1000 points each; default: never'),
  RANKFORGE_CANCELLED_SWEEP_DAYS: z.coerce
    .number()
    .min(0)
    .optional()
    .describe('Sweeps that were cancelled longer ago are removed where nothing stands on them; default: never'),
  RANKFORGE_ARTIFACT_GRACE_MINUTES: z.coerce
    .number()
    .min(15)
    .default(60)
    .describe(
      'Stored files that nothing refers to are removed when they are this old; longer than any lease and upload',
    ),
  RANKFORGE_SECURE_COOKIE: z
    .stringbool()
    .optional()
    .describe('Send the session cookie over HTTPS only; default: when RANKFORGE_PUBLIC_URL is https'),
  RANKFORGE_TRUST_PROXY: trustedProxies.describe(
    'Proxies in front of the API whose X-Forwarded-For is believed: their number, or their addresses',
  ),
  RANKFORGE_WEBHOOKS_PRIVATE: z
    .stringbool()
    .default(false)
    .describe('Let webhooks reach private, loopback and link-local addresses'),
  RANKFORGE_WEBHOOK_RETRIES: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'expected seconds, joined by commas')
    .default('5,300,1800,7200,18000,36000,50400,72000,86400')
    .transform((text) => text.split(',').map(Number))
    .describe('Seconds to wait before each further attempt of a webhook; after the last it is given up'),
  ...generatorVariables,
  ...loginVariables,
});

/** Settings of the API, read once at start and passed in. */
export interface ApiSettings {
  databaseUrl: string;
  /** Past a pooler that gives each transaction another session. */
  databaseDirectUrl: string;
  redisUrl: string;
  redisTls: RedisTls;
  host: string;
  port: number;
  portFile: string | undefined;
  launchSecret: string | undefined;
  /** Files that users name by their path lie under it. */
  dataDir: string;
  artifactDir: string;
  commandFolders: readonly string[];
  /** Uploads while they are read. */
  uploadDir: string;
  /** Digests of base models, kept for the next start. */
  digestsDir: string;
  uploadBytes: number;
  modelsDir: string;
  dashboardDir: string;
  queuePrefix: string;
  /** Opens /metrics of the whole installation. */
  metricsToken: string | undefined;
  requestsPerMinute: number;
  failedAttemptsPerMinute: number;
  streamsPerKey: number;
  bodyPace: BodyPace;
  /** Bytes that are kept for a client of events that does not read. */
  eventBufferBytes: number;
  webhooksPrivate: boolean;
  webhookRetrySeconds: number[];
  generators: GeneratorSettings;
  /** Age in days at which series of ended trials are thinned; undefined: never. */
  metricDays: number | undefined;
  /** Age in days at which cancelled sweeps are removed; undefined: never. */
  cancelledSweepDays: number | undefined;
  /** Undefined: people sign in with a key alone. */
  login: LoginSettings | undefined;
  /** Age at which stored files that nothing refers to are removed. */
  artifactGraceSeconds: number;
  /** Address of the page, where it is set. */
  publicUrl: URL | undefined;
  /** Cookies are for HTTPS whatever this process itself is reached by. */
  secureCookie: boolean;
  /** Proxies in front: how many, or their addresses. */
  trustProxy: number | string[] | false;
  logLevel: z.infer<typeof ApiEnvironment>['LOG_LEVEL'];
}

/**
 * Reads the settings.
 * @throws Error naming every variable that is missing or wrong, and what it is for
 */
export function readSettings(environment: NodeJS.ProcessEnv): ApiSettings {
  const env = parseEnvironment('The API', ApiEnvironment, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    databaseDirectUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    redisTls: redisTls(env),
    host: env.HOST,
    port: env.PORT,
    portFile: env.RANKFORGE_PORT_FILE,
    launchSecret: env.RANKFORGE_LAUNCH_SECRET,
    dataDir: env.RANKFORGE_DATA_DIR,
    artifactDir: resolve(env.RANKFORGE_DATA_DIR, ownFolders.artifacts),
    commandFolders: env.RANKFORGE_COMMAND_FOLDERS,
    uploadDir: resolve(env.RANKFORGE_DATA_DIR, ownFolders.uploads),
    digestsDir: resolve(env.RANKFORGE_DATA_DIR, ownFolders.digests),
    uploadBytes: env.RANKFORGE_UPLOAD_MIB * MIB,
    modelsDir: env.RANKFORGE_MODELS_DIR,
    dashboardDir: env.RANKFORGE_DASHBOARD_DIR,
    queuePrefix: env.RANKFORGE_QUEUE_PREFIX,
    metricsToken: env.RANKFORGE_METRICS_TOKEN,
    requestsPerMinute: env.RANKFORGE_RATE_LIMIT,
    streamsPerKey: env.RANKFORGE_STREAMS_PER_KEY,
    bodyPace: {
      graceSeconds: env.RANKFORGE_REQUEST_GRACE_SECONDS,
      bytesPerSecond: env.RANKFORGE_BODY_KIB_PER_SECOND * 1024,
    },
    eventBufferBytes: env.RANKFORGE_EVENT_BUFFER_KIB * 1024,
    failedAttemptsPerMinute: env.RANKFORGE_FAILED_ATTEMPTS,
    webhooksPrivate: env.RANKFORGE_WEBHOOKS_PRIVATE,
    webhookRetrySeconds: env.RANKFORGE_WEBHOOK_RETRIES,
    generators: readGeneratorSettings(env, environment),
    metricDays: env.RANKFORGE_METRIC_DAYS,
    cancelledSweepDays: env.RANKFORGE_CANCELLED_SWEEP_DAYS,
    login: readLoginSettings(env),
    artifactGraceSeconds: env.RANKFORGE_ARTIFACT_GRACE_MINUTES * 60,
    publicUrl: env.RANKFORGE_PUBLIC_URL === undefined ? undefined : new URL(env.RANKFORGE_PUBLIC_URL),
    secureCookie: env.RANKFORGE_SECURE_COOKIE ?? env.RANKFORGE_PUBLIC_URL?.startsWith('https:') ?? false,
    trustProxy: env.RANKFORGE_TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
  };
}
