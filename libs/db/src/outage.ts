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
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** What Prisma's driver makes of codes of the operating system. */
const downKinds = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']);

const downMessages =
  /Connection terminated|Server has closed the connection|Can't reach database server|timeout exceeded when trying to connect|Query read timeout|is not queryable|ECONNREFUSED/;

/** True when an error, or one of its causes, says that PostgreSQL cannot be reached: the same statement may succeed later. */
export function databaseDown(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Object && depth < 6; depth++) {
    const { code, cause, kind, message, originalCode, meta } = at as Record<string, unknown>;
    for (const value of [code, originalCode, kind]) {
      if (typeof value !== 'string') continue;
      if (downCodes.has(value) || value.startsWith('08') || downKinds.has(value)) return true;
    }
    if (typeof message === 'string' && downMessages.test(message)) return true;
    at = cause ?? (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  }
  return false;
}
