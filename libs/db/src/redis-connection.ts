/** @file Connections to Redis, by the address and the files that the environment names. */
import { readFileSync } from 'node:fs';
import type { RedisTls } from '@rankforge/contracts';
import { Redis, type RedisOptions } from 'ioredis';

const parts =
  /^redis(?<tls>s?)(?<sentinel>\+sentinel)?:\/\/(?:(?<user>[^@/]*)@)?(?<hosts>[^/?@]+)(?:\/(?<path>[^?]*))?(?:\?(?<query>.*))?$/;

/** Answers are mapped as ioredis does by default: its types tell clients apart by that. */
interface SessionOptions extends Omit<RedisOptions, 'replyMapping'> {
  /** The password as it is now; absent: it is in the address, or there is none. */
  readPassword?: (() => Buffer) | undefined;
}

/**
 * Opens a client of ioredis. A socket to a server that became a replica is given up, so that the next one reaches the new primary.
 *
 * @param url `redis://user:password@host:6379/0`, `rediss://` for TLS, or `redis+sentinel://user:password@a:26379,b:26379/name/0`;
 *   `?passwordfile=/etc/rankforge/redis` in place of a password
 * @throws Error where the address is none of these, or a file can't be read
 * @example openRedis('redis://127.0.0.1:6379', {}, { connectTimeout: 5000 })
 */
export const openRedis = (url: string, tls: RedisTls, options: SessionOptions): Redis =>
  openSession({ ...redisConnection(url, tls), ...options });

/** A client that reads its password anew at each connection, and so do those that BullMQ makes of it. */
function openSession(options: SessionOptions): Redis {
  const { readPassword } = options;
  if (!readPassword) return new Redis(options);
  const password = () => readPassword().toString('utf8').trim();
  const redis = new Redis({ ...options, password: password() });
  const connect = redis.connect.bind(redis);
  redis.connect = (callback) => {
    redis.options.password = password();
    return connect(callback);
  };
  redis.duplicate = ((override) => openSession({ ...options, ...override } as SessionOptions)) as Redis['duplicate'];
  return redis;
}

function redisConnection(url: string, tls: RedisTls): SessionOptions {
  const found = parts.exec(url)?.groups;
  // The address may hold a password, so it isn't repeated.
  if (!found?.hosts) throw new Error('REDIS_URL: expected redis://host:6379, or redis+sentinel://a:26379,b:26379/name');
  const { user = '', path = '', query } = found;
  const [username = '', ...password] = user.split(':');
  const secured = found.tls ? { tls: tlsOptions(tls) } : {};
  const common = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password.length > 0 && { password: decodeURIComponent(password.join(':')) }),
    readPassword: readAgain(new URLSearchParams(query).get('passwordfile') ?? undefined),
    ...secured,
    reconnectOnError: (error: Error) => /READONLY|UNBLOCKED/.test(error.message),
  };
  if (!found.sentinel) return { ...common, ...address(found.hosts, 6379), db: Number(path || 0) };
  const [name, db = '0'] = path.split('/');
  if (!name) throw new Error('REDIS_URL: the name of the primary is missing, expected redis+sentinel://a:26379/name');
  return {
    ...common,
    sentinels: found.hosts.split(',').map((host) => address(host, 26379)),
    name,
    db: Number(db),
    ...(found.tls && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(tls) }),
  };
}

function address(text: string, usualPort: number): { host: string; port: number } {
  const { hostname, port } = new URL(`redis://${text}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || usualPort) };
}

/** Options whose files are read anew at each connection: a certificate is renewed while a program runs. */
function tlsOptions({ caFile, certFile, keyFile, serverName }: RedisTls) {
  const [ca, cert, key] = [caFile, certFile, keyFile].map(readAgain);
  return {
    get ca() {
      return ca?.();
    },
    get cert() {
      return cert?.();
    },
    get key() {
      return key?.();
    },
    ...(serverName && { servername: serverName }),
  };
}

/**
 * Reads a file now and at each call. One that is away, as while a Secret is replaced, is as it was last: ioredis gives up for good
 * where its options fail, and the server says whether what was last still counts.
 */
function readAgain(file: string | undefined): (() => Buffer) | undefined {
  if (file === undefined) return undefined;
  let last = readFileSync(file);
  return () => {
    try {
      last = readFileSync(file);
    } catch {
      // see above
    }
    return last;
  };
}
