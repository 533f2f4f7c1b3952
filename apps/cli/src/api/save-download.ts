import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { beforeInterrupt } from '../local/interrupt.js';

/**
 * Writes a download to a file as it comes. A file of that name stays as it is until all has come, and nothing is left of a download
 * that breaks off or is interrupted.
 *
 * @param path of the file; a pipe or a device is written to at once
 * @param expected SHA-256 in hex; default: any
 * @throws CommandError where the download breaks off or is damaged, or the file cannot be written
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
  const goOn = target === path ? () => {} : beforeInterrupt(() => rmSync(target, { force: true }));
  try {
    const body = Readable.fromWeb(response.body as ReadableStream);
    const file = createWriteStream(target);
    // The first stream to fail makes the others fail too.
    let failed: unknown;
    for (const stream of [body, file]) stream.once('error', () => (failed ??= stream));
    await pipeline(body, counted, file).catch((cause: Error) => {
      if (failed === file) throw unwritable(path, cause);
      throw new CommandError(`the download to ${path} broke off: ${cause.message}; try again`, exitCode.unreachable, {
        cause,
      });
    });
    const sha256 = hash.digest('hex');
    if (expected !== undefined && sha256 !== expected) {
      throw new CommandError(
        `the download is damaged: its SHA-256 is ${sha256}, not ${expected}; try again`,
        exitCode.unreachable,
      );
    }
    if (target !== path) {
      await rename(target, path).catch((cause: Error) => {
        throw unwritable(path, cause);
      });
    }
    return { bytes, sha256 };
  } catch (cause) {
    if (target !== path) await rm(target, { force: true });
    throw cause;
  } finally {
    goOn();
  }
}

/** The error for a file or folder that the file system does not take, in words. */
export function unwritable(path: string, cause: NodeJS.ErrnoException, what: 'file' | 'folder' = 'file'): CommandError {
  if (cause.code === 'EISDIR') return usage(`${path} is a folder: name a file with --output`);
  return new CommandError(
    `${path} cannot be written (${cause.code}): its folder must be there, open to you and with room; or name another ${what} with --output`,
    exitCode.usage,
    { cause },
  );
}

/** The name in a Content-Disposition; only a plain one, never a path. */
export function fileName(response: Response): string | undefined {
  return /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
}
