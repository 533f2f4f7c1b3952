/** @file Tells an unreachable server apart from a statement that is wrong. */

/** Codes of Prisma and of the operating system, and SQLSTATEs, of a server that cannot be used or found now. */
const downCodes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  // A standby, or a server that its operator set to read only.
  '25006',
  '57P01',
  '57P02',
  '57P03',
]);

/** A server that answers, and has no room now: no disk, no memory, no connection, a limit of the operator's. */
const fullCodes = /^53[0-9A-Z]{3}$/;

/** What Prisma's driver makes of codes of the operating system. */
const downKinds = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']);

const downMessages =
  /Connection terminated|Server has closed the connection|Can't reach database server|timeout exceeded when trying to connect|Query read timeout|is not queryable|ECONNREFUSED/;

/** True when an error, or one of its causes, says that PostgreSQL answers and has no room for what was asked of it now. */
export function databaseFull(error: unknown): boolean {
  return someCause(error, ({ codes }) => codes.some((code) => fullCodes.test(code)));
}

/**
 * True when an error, or one of its causes, says that PostgreSQL cannot be reached, takes no writes or has no room now: the same statement
 * may succeed later.
 */
export function databaseDown(error: unknown): boolean {
  return someCause(
    error,
    ({ codes, message }) =>
      codes.some(
        (code) => downCodes.has(code) || code.startsWith('08') || fullCodes.test(code) || downKinds.has(code),
      ) || downMessages.test(message),
  );
}

/** True when an error, or one of its causes, says that PostgreSQL ended a statement, as one that took longer than it may. */
export function statementEnded(error: unknown): boolean {
  return someCause(error, ({ codes }) => codes.includes('57014'));
}

/** SQLSTATEs of a server that answers and does not let in, and Prisma's codes and kinds of the same. */
const refusals: Readonly<Record<string, string>> = {
  '28P01': 'wrong password',
  P1000: 'wrong password',
  AuthenticationFailed: 'wrong password',
  '28000': 'no such user, or not from here',
  P1010: 'no such user, or not from here',
  DatabaseAccessDenied: 'no such user, or not from here',
  '3D000': 'no such database',
  P1003: 'no such database',
  DatabaseDoesNotExist: 'no such database',
};

/** Why PostgreSQL answers and lets nobody in by this address, where an error, or one of its causes, says so. */
export function databaseRefusal(error: unknown): string | undefined {
  let found: string | undefined;
  someCause(error, ({ codes }) => {
    found = codes.flatMap((code) => refusals[code] ?? [])[0];
    return found !== undefined;
  });
  return found;
}

/** Whether the codes or the message of an error, or of one of its causes, are such. */
function someCause(error: unknown, is: (at: { codes: string[]; message: string }) => boolean): boolean {
  for (let at = error, depth = 0; at instanceof Object && depth < 6; depth++) {
    const { code, cause, kind, message, originalCode, meta } = at as Record<string, unknown>;
    const codes = [code, originalCode, kind].filter((value) => typeof value === 'string');
    if (is({ codes, message: typeof message === 'string' ? message : '' })) return true;
    at = cause ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  }
  return false;
}
