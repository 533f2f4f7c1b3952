import { ArtifactError } from '@rankforge/db';
import { ProblemError } from './http/problem.js';

/**
 * Reads something out of the artifact store.
 *
 * @param what the owner of the bytes, in words
 * @throws ProblemError `unavailable` where they are missing or damaged
 * @example await stored('this adapter', () => store.read(sha256))
 */
export async function stored<Read>(what: string, read: () => Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof ArtifactError)) throw cause;
    throw new ProblemError('unavailable', `The bytes of ${what} cannot be read`, undefined, { cause });
  }
}
