import { createWriteStream, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { extract } from 'tar-stream';
import { CommandError, exitCode } from '../exit-codes.js';
import { beforeInterrupt } from '../local/interrupt.js';
import { unwritable } from './save-download.js';

export interface SavedFile {
  name: string;
  bytes: number;
}

/** Codes of a file system that does not take a file. */
const refusedWrites = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'ENOTDIR', 'ENAMETOOLONG', 'ENOTEMPTY'];

/**
 * Unpacks an archive of files into a folder that is not there yet. It appears when all has come, and nothing is left of a download that
 * breaks off or is interrupted.
 *
 * @throws CommandError where the folder is there or cannot be written, or the download breaks off
 */
export async function saveFolder(response: Response, folder: string): Promise<SavedFile[]> {
  if ((await stat(folder).catch(() => undefined)) !== undefined) {
    throw new CommandError(`${folder} is there already: name another folder with --output`, exitCode.usage);
  }
  const part = `${folder}.${process.pid}.part`;
  const remove = { recursive: true, force: true } as const;
  const goOn = beforeInterrupt(() => rmSync(part, remove));
  try {
    await mkdir(part, { recursive: true });
    const files = await unpack(Readable.fromWeb(response.body as ReadableStream), part);
    await rename(part, folder);
    return files.map(({ name, bytes }) => ({ name: join(folder, name), bytes }));
  } catch (cause) {
    await rm(part, remove).catch(() => {});
    const { code, message } = cause as NodeJS.ErrnoException;
    if (refusedWrites.includes(code ?? '')) throw unwritable(folder, cause as NodeJS.ErrnoException, 'folder');
    throw new CommandError(`the download broke off: ${message}; try again`, exitCode.unreachable, { cause });
  } finally {
    goOn();
  }
}

async function unpack(archive: Readable, folder: string): Promise<SavedFile[]> {
  const files: SavedFile[] = [];
  const entries = extract();
  const writing = (async () => {
    for await (const entry of entries) {
      const { name, size = 0 } = entry.header;
      if (!/^[\w-][\w.-]*$/.test(name)) throw new Error(`the archive names a file ${JSON.stringify(name)}`);
      await pipeline(entry, createWriteStream(join(folder, name), { flags: 'wx' }));
      files.push({ name, bytes: size });
    }
  })();
  await Promise.all([pipeline(archive, entries), writing]);
  return files;
}
