/** @file Reading a program's environment: once, at its start, into real types. */
import { z } from 'zod';

/**
 * Parses environment variables by a schema whose fields carry descriptions. An empty one is not set: its number would be 0, and 0 days
 * delete what no setting at all keeps.
 *
 * @param program who cannot start, for the message, e.g. `The worker`
 * @throws Error naming every variable that is missing or wrong, and what it is for
 * @example parseEnvironment('The worker', z.object({ PORT: z.coerce.number().describe('port to listen on') }), process.env)
 */
export function parseEnvironment<S extends z.ZodObject>(
  program: string,
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `  ${name}: ${message} (${schema.shape[name]?.description})`;
  });
  throw new Error(`${program} cannot start with this environment:\n${lines.join('\n')}`);
}

/**
 * A variable that names a folder.
 *
 * @param resolved makes the path absolute, from the checkout where it is relative
 */
export const folderVariable = (fallback: string, resolved: (path: string) => string) =>
  z
    .string()
    .min(1)
    .default(fallback)
    .transform((path) => resolved(path));

const postgresUrl = z
  .string()
  .refine(
    (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url.replace(/,[^/?#@]*(?=[/?#]|$)/, '')),
    'expected postgresql://user@host:5432/rankforge, or several hosts joined by commas',
  );

const pemFile = z.string().min(1).optional();

/** Files and name by which Redis is trusted over TLS, and by which a program shows it who it is. */
export interface RedisTls {
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** Name in the certificate of the server, where it isn't the one in the address. */
  serverName?: string | undefined;
}

/** The TLS settings of Redis, from the environment of a program. */
export const redisTls = (env: {
  REDIS_CA_FILE?: string | undefined;
  REDIS_CERT_FILE?: string | undefined;
  REDIS_KEY_FILE?: string | undefined;
  REDIS_SERVER_NAME?: string | undefined;
}): RedisTls => ({
  caFile: env.REDIS_CA_FILE,
  certFile: env.REDIS_CERT_FILE,
  keyFile: env.REDIS_KEY_FILE,
  serverName: env.REDIS_SERVER_NAME,
});

/**
 * Variables that API and workers read alike: they meet in these servers and folders.
 *
 * @param resolved see {@link folderVariable}
 */
export const sharedVariables = (resolved: (path: string) => string) => ({
  DATABASE_URL: postgresUrl.describe(
    'PostgreSQL, e.g. postgresql://user@host:5432/rankforge; sslmode, sslrootcert, sslcert and sslkey mean what they mean to libpq, of several hosts joined by commas the one that takes writes is used, and passwordfile=/etc/rankforge/password is read at each connection',
  ),
  DATABASE_DIRECT_URL: postgresUrl
    .optional()
    .describe(
      'PostgreSQL past a pooler in transaction mode, for LISTEN of the API and for migrations; default: DATABASE_URL',
    ),
  REDIS_URL: z
    .string()
    .regex(
      /^rediss?(:\/\/[^/?]+(\/\d*)?|\+sentinel:\/\/[^/?]+\/[^/?]+(\/\d+)?)(\?passwordfile=[^&]+)?$/,
      'expected redis://host:6379, or redis+sentinel://a:26379,b:26379/name',
    )
    .describe(
      'Redis, e.g. redis://127.0.0.1:6379; rediss:// uses TLS, and redis+sentinel://a:26379,b:26379/name asks Sentinels for the primary of that name; ?passwordfile=/etc/rankforge/redis-password in place of a password is read at each connection',
    ),
  REDIS_CA_FILE: pemFile.describe('Certificates that vouch for Redis over TLS; default: those of Node'),
  REDIS_CERT_FILE: pemFile.describe('Certificate by which this program shows Redis who it is'),
  REDIS_KEY_FILE: pemFile.describe('Key of REDIS_CERT_FILE'),
  REDIS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .describe('Name in the certificate of Redis; default: the host in REDIS_URL'),
  RANKFORGE_DATA_DIR: folderVariable('.rankforge/data', resolved).describe(
    'Artifacts lie under it, and data sets that are named by a path; API and workers must see the same folder',
  ),
  RANKFORGE_MODELS_DIR: folderVariable('models', resolved).describe('Base models, one folder each'),
  RANKFORGE_QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]+$/)
    .default('rankforge')
    .describe('Prefix of all keys in Redis'),
  RANKFORGE_COMMAND_FOLDERS: z
    .string()
    .default('')
    .transform((list) => list.split(':').filter((folder) => folder.trim() !== ''))
    .pipe(z.array(z.string().startsWith('/', 'expected absolute folders, joined by colons')))
    .describe(
      'Folders in which sweeps may run commands, joined by colons: whoever may submit can then run any program as the user of the worker; default: none may',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lines of the log that are written: this level and worse'),
});
