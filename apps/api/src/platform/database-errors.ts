/** Codes of Prisma and of the operating system, and SQLSTATEs (classes 08 and 57P), of a server that cannot be used now. */
const downCodes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** True when an error, or one of its causes, says that PostgreSQL cannot be reached. */
export function databaseDown(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Object && depth < 5; depth++) {
    const { code, cause, kind, message, originalCode } = at as Record<string, unknown>;
    for (const value of [code, originalCode, kind]) {
      if (typeof value !== 'string') continue;
      if (downCodes.has(value) || value.startsWith('08') || value === 'DatabaseNotReachable') return true;
    }
    if (
      typeof message === 'string' &&
      /Connection terminated|Server has closed the connection|Can't reach database server/.test(message)
    ) {
      return true;
    }
    at = cause;
  }
  return false;
}
