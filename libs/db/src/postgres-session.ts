/** @file A connection to PostgreSQL by an address as managed services and operators write it. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';

type SessionConfig = pg.ClientConfig & { connectionString: string };

const parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s;

/**
 * A client of pg for an address with the meaning that libpq gives it, and more than pg reads:
 *
 * - `sslmode=require` encrypts and asks for no authority, unless `sslrootcert` names one; `verify-full` checks the name as well.
 * - Of several hosts, `postgresql://user@a:5432,b:5432/rankforge`, it takes the one that takes writes.
 * - `passwordfile=/etc/rankforge/password` is read anew at each connection, as the files of certificates are.
 *
 * @example new pg.Pool({ Client: PostgresSession, connectionString: url })
 */
export class PostgresSession extends pg.Client {
  private readonly config: SessionConfig;
  private readonly urls: readonly string[];

  /** A pool is typed to make its clients of nothing; it hands over its own configuration. */
  constructor(config: SessionConfig = { connectionString: '' }) {
    const urls = urlsOf(config.connectionString);
    super({ ...config, connectionString: urls[0]! });
    this.config = config;
    this.urls = urls;
    const file = queryOf(urls[0]!).get('passwordfile');
    // The types of pg know the function for a pool alone.
    if (file) Object.assign(this, { password: async () => (await readFile(file, 'utf8')).trim() });
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(
    callback?: ((error: Error) => void) | ((error: null, client: pg.Client) => void),
  ): Promise<pg.Client> | undefined {
    const connected = this.connectToPrimary();
    if (!callback) return connected;
    const done = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => done(null, client), done);
    return undefined;
  }

  private async connectToPrimary(): Promise<pg.Client> {
    if (this.urls.length > 1) {
      const { host, port } = await primaryOf(this.urls, this.config);
      Object.assign(this, { host, port });
    }
    return super.connect();
  }
}

/** The same address for each of its hosts. */
function urlsOf(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = parts.exec(url) ?? [];
  if (before === '') return [url];
  const query = queryOf(url);
  // pg has words of its own for some modes, and libpq's meaning where it is asked for.
  const isOwn = !query.has('sslmode') || query.get('sslmode') === 'no-verify' || query.has('uselibpqcompat');
  return hosts.split(',').map((host) => `${before}${host}${after}${isOwn ? '' : '&uselibpqcompat=true'}`);
}

const queryOf = (url: string) => new URLSearchParams(url.split('?')[1] ?? '');

/** The first of several servers that says that it takes writes; all are asked at once. */
async function primaryOf(urls: readonly string[], config: SessionConfig): Promise<{ host: string; port: number }> {
  try {
    return await Promise.any(urls.map((url) => whereItTakesWrites(url, config)));
  } catch (error) {
    const { errors } = error as AggregateError;
    // One that says more than that it is not there, such as of a wrong password, comes first.
    throw errors.find(({ code }) => typeof code === 'string' && /^\d/.test(code)) ?? errors[0];
  }
}

async function whereItTakesWrites(url: string, config: SessionConfig): Promise<{ host: string; port: number }> {
  const session = new PostgresSession({ connectionTimeoutMillis: 5000, ...config, connectionString: url });
  session.on('error', () => {}); // the statement under way is rejected as well
  try {
    await session.connect();
    const { rows } = await session.query<{ only: string }>("SELECT current_setting('transaction_read_only') AS only");
    if (rows[0]?.only !== 'off')
      throw Object.assign(new Error(`${session.host}:${session.port} takes no writes`), { code: '25006' });
    return { host: session.host, port: session.port };
  } finally {
    await session.end();
  }
}
