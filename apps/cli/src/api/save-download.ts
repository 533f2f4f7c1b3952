import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { CommandError, exitCode } from '../exit-codes.js';

/**
 * Writes a download to a file as it comes. A file of that name stays as it is until all has come, and nothing is left of a download
 * that breaks off.
 *
 * @param path of the file; a pipe or a device is written to at once
 * @param expected SHA-256 in hex; default: any
 * @throws CommandError where the download breaks off or is damaged
 */
export async function saveDownload(
  response: Response,
  path: string,
  expected?: string,
): Promise<{ bytes: number; sha256: string }> {
  const found = await stat(path).catch(() => undefined);
  const target = found === undefined || found.isFile() ? `${path}.${process.pid}.part` : path;
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), counted, createWriteStream(target)).catch(
      (cause: Error) => {
        throw new CommandError(`the download to ${path} broke off: ${cause.message}; try again`, exitCode.unreachable, {
          cause,
        });
      },
    );
    const sha256 = hash.digest('hex');
    if (expected !== undefined && sha256 !== expected) {
      throw new CommandError(
        `the download is damaged: its SHA-256 is ${sha256}, not ${expected}; try again`,
        exitCode.unreachable,
      );
    }
    if (target !== path) await rename(target, path);
    return { bytes, sha256 };
  } catch (cause) {
    if (target !== path) await rm(target, { force: true });
    throw cause;
  }
}
