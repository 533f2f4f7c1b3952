/** @file What is said of a database or a Redis that cannot be used: which one, by its host and port, and why. */
import { CommandError, exitCode } from '../exit-codes.js';

/**
 * Hosts and ports of a server's address; its password stays out of messages.
 *
 * @param variable that holds the address
 * @throws CommandError where it is none
 */
export function serverAt(variable: string, url: string): string {
  const hosts = /^[a-z][a-z+]*:\/\/(?:[^/?#]*@)?([^/?#@]*)/.exec(url)?.[1];
  if (hosts !== undefined) return hosts;
  throw new CommandError(`${variable} is not an address: expected e.g. ${examples[variable]}`, exitCode.usage);
}

const examples: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://user:password@host:5432/rankforge',
  REDIS_URL: 'redis://host:6379',
};

/** Names the database that cannot be used, and why; undefined for an error that says something else. */
export async function databaseTrouble(url: string, cause: unknown): Promise<CommandError | undefined> {
  const { databaseDown, databaseRefusal, MigrationError } = await import('@rankforge/db');
  if (cause instanceof MigrationError) return new CommandError(cause.message, exitCode.unexpected, { cause });
  const server = serverAt('DATABASE_URL', url);
  const refusal = databaseRefusal(cause);
  if (refusal !== undefined) {
    return new CommandError(
      `the database at ${server} lets nobody in by that address (${refusal}): correct its user, password or database.`,
      exitCode.unreachable,
      { cause },
    );
  }
  if (!databaseDown(cause)) return undefined;
  return new CommandError(
    `the database at ${server} does not answer${reason(cause)}: start it, with \`rankforge up\` where it is that of this machine, or set DATABASE_URL.`,
    exitCode.unreachable,
    { cause },
  );
}

/** The code of the operating system, such as ENOTFOUND; it names no address. */
function reason(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Object && depth < 6; depth++) {
    const { code, originalCode, cause } = at as Record<string, unknown>;
    const found = [code, originalCode].find((value) => typeof value === 'string' && /^E[A-Z]/.test(value));
    if (found) return ` (${found})`;
    at = cause;
  }
  return '';
}
