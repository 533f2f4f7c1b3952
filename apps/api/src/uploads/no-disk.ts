import { ProblemError } from '../platform/http/problem.js';

/** A disk that is full, read only, broken or away. */
const awayCodes = new Set(['EDQUOT', 'EIO', 'ENODEV', 'ENOSPC', 'ENOTCONN', 'EROFS', 'ESTALE']);

/** A folder that is not there, or not for this process: a disk that is away looks the same. */
const closedCodes = new Set(['EACCES', 'ENOENT', 'ENOTDIR']);

/** Whether the system says of a disk that it takes no files now. */
export const isDiskAway = (error: unknown): boolean => awayCodes.has(codeOf(error));

/** The answer to a request whose files cannot be written now; undefined where the error says nothing of the disk. */
export function noDisk(error: unknown): ProblemError | undefined {
  const code = codeOf(error);
  if (!awayCodes.has(code) && !closedCodes.has(code)) return undefined;
  const detail = `The disk of the API takes no files now (${code}); ask who runs this installation`;
  return new ProblemError('unavailable', detail, undefined, { cause: error });
}

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException | undefined)?.code);
