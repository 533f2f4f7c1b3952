/** @file A folder of images that comes as one file: .zip, .tar or .tar.gz. Only plain files in folders come out of it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import yauzl from 'yauzl';
import { DatasetError } from '../dataset-error.js';
import { limits, type Source } from '../source.js';

type Bounds = { [name in 'archiveEntries' | 'archiveDepth' | 'unpackedBytes']: number };

/**
 * Writes the files of an archive below `folder`, which is made. The folders of the classes are at the top of the archive, or
 * in the one folder that is there. What systems add (`__MACOSX`, names that begin with a dot) is left out.
 *
 * @throws DatasetError for a name that leads out of the folder, a link, a device, or more than `bounds` allow
 */
export async function unpack(source: Source, folder: string, bounds: Bounds = limits): Promise<void> {
  const entries = new Unpacking(source, folder, bounds);
  const kind = await kindOf(source.path);
  if (kind === undefined) throw entries.refused(undefined, 'neither a .zip, a .tar nor a .tar.gz');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (kind === 'zip') await unzip(source.path, entries);
    else {
      entries.refuseMoreThanAllowed(await countTar(source.path, kind, entries, bounds.archiveEntries));
      await untar(source.path, kind, entries);
    }
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw entries.refused(undefined, `cannot be unpacked: ${(cause as Error).message}`, cause);
  }
}

type Kind = 'zip' | 'tar' | 'gzip';

/** By its first bytes; a tar has its mark at byte 257. */
async function kindOf(path: string): Promise<Kind | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(262), 0, 262, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (['PK\x03\x04', 'PK\x05\x06'].some((mark) => start.startsWith(mark))) return 'zip';
    if (start.startsWith('\x1f\x8b')) return 'gzip';
    return start.slice(257) === 'ustar' ? 'tar' : undefined;
  } finally {
    await file.close();
  }
}

/**
 * Entries of a tar, or one more than `most`, before anything is written: to make a file costs far more than to read its
 * header. A tar that cannot be read to its end is refused when it is unpacked.
 */
async function countTar(path: string, kind: Kind, entries: Unpacking, most: number): Promise<number> {
  const tar = extract();
  let count = 0;
  const counting = async () => {
    for await (const entry of tar) {
      await entries.skip(entry);
      if (++count > most) return;
    }
  };
  await Promise.allSettled([pipeline(createReadStream(path), decoder(kind), entries.tarBytes(), tar), counting()]);
  return count;
}

const decoder = (kind: Kind) => (kind === 'gzip' ? createGunzip() : new PassThrough());

async function untar(path: string, kind: Kind, entries: Unpacking): Promise<void> {
  const tar = extract();
  const reading = pipeline(createReadStream(path), decoder(kind), entries.tarBytes(), tar);
  const [read, written] = await Promise.allSettled([reading, writeEntries(tar, entries)]);
  // Each ends the other: what is refused is the cause, else what the bytes could not be read for.
  const causes = [written, read].flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (causes.length > 0) throw causes.find((cause) => cause instanceof DatasetError) ?? causes.at(-1);
}

async function writeEntries(tar: Extract, entries: Unpacking): Promise<void> {
  for await (const entry of tar) {
    const { name, type } = entry.header;
    if (type === 'directory') {
      entries.count(name);
      await entries.skip(entry);
    } else if (type === 'file' || type === 'contiguous-file') await entries.write(name, entry);
    else throw entries.refused(name, `is a ${type}; only plain files and folders are unpacked`);
  }
}

/** Bits of the upper half of an entry's attributes, which are those of Unix: the kind of file, a folder, a plain file or nothing said. */
const [KIND, FOLDER, FILES] = [0o170000, 0o040000, [0, 0o100000]] as const;

async function unzip(path: string, entries: Unpacking): Promise<void> {
  // Names that are absolute or lead upwards, and sizes that are not as stated, are errors of the library already.
  const zip = await yauzl.openPromise(path, { lazyEntries: true, validateEntrySizes: true });
  try {
    entries.refuseMoreThanAllowed(zip.entryCount);
    for await (const entry of zip.eachEntry()) {
      const { fileName, externalFileAttributes } = entry;
      const kind = (externalFileAttributes >>> 16) & KIND;
      if (fileName.endsWith('/') || kind === FOLDER) entries.count(fileName);
      else if (!FILES.includes(kind as 0)) throw entries.refused(fileName, 'is a link or a device');
      else if (entry.isEncrypted()) throw entries.refused(fileName, 'is encrypted');
      else await entries.write(fileName, await zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
}

/** More of a tar than this between the contents of two files is no archive of images. */
const mostBare = 8 * 2 ** 20;

/** What has come out of an archive so far, within its bounds. */
class Unpacking {
  #entries = 0;
  #bytes = 0;
  /** Bytes of a tar since the last that were of the content of a file. */
  #bare = 0;

  constructor(
    private readonly source: Source,
    private readonly folder: string,
    private readonly bounds: Bounds,
  ) {}

  /** @throws DatasetError where there are too many entries, by what an archive says of itself */
  refuseMoreThanAllowed(entries: number, name?: string): void {
    if (entries > this.bounds.archiveEntries) {
      throw this.refused(name, `more than ${this.bounds.archiveEntries} files and folders`);
    }
  }

  /** @throws DatasetError where more come than are allowed, whatever the archive said */
  count(name: string): void {
    this.#bare = 0;
    this.refuseMoreThanAllowed(++this.#entries, name);
  }

  /** Writes a file whose name is a path of plain names; the stream is read to its end or destroyed. */
  async write(name: string, content: Readable): Promise<void> {
    // It may fail while its folder is made, when nothing reads it yet: an error without a listener ends the process.
    let failed: Error | undefined;
    content.on('error', (error) => {
      failed = error;
    });
    this.count(name);
    const parts = name.split('/').filter((part) => part !== '.' && part !== '');
    if (name.startsWith('/') || parts.some((part) => part === '..' || /[\\\0]/.test(part) || part.length > 255)) {
      throw this.refused(name, 'is not a path of plain names below the archive');
    }
    if (parts.length > this.bounds.archiveDepth)
      throw this.refused(name, `lies more than ${this.bounds.archiveDepth} folders deep`);
    if (parts.length === 0 || parts.some((part) => part.startsWith('.') || part === '__MACOSX')) {
      await this.skip(content);
      return;
    }
    const path = join(this.folder, ...parts);
    await mkdir(dirname(path), { recursive: true });
    // The archive may have ended meanwhile, and a stream that is closed already would never end the pipeline.
    if (content.destroyed) throw failed ?? new Error(`${name} is cut off`);
    try {
      // Never over what is there: no two entries of one name, and none through what another one made.
      await pipeline(content, this.#counted(name), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST' || code === 'EISDIR') throw this.refused(name, 'is there twice', error);
      throw error;
    }
  }

  /** Reads the content of an entry to its end and keeps none of it. */
  async skip(content: Readable): Promise<void> {
    this.#bare = 0;
    for await (const _ of content) this.#bare = 0;
  }

  /**
   * For the bytes of a whole tar: one of padding alone has no entry that would be counted, and long names and attributes, which are kept
   * until their entry comes, have no bound of their own.
   */
  tarBytes(): Transform {
    // Headers and padding are at most a kibibyte and a half for each entry.
    const most = this.bounds.unpackedBytes + 1536 * this.bounds.archiveEntries;
    let bytes = 0;
    this.#bare = 0;
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        bytes += chunk.length;
        this.#bare += chunk.length;
        if (this.#bare > mostBare) {
          done(this.refused(undefined, `more than ${mostBare / 2 ** 20} MiB of it are the content of no file`));
        } else done(bytes > most ? this.#tooMuch(undefined) : null, chunk);
      },
    });
  }

  refused(name: string | undefined, problem: string, cause?: unknown): DatasetError {
    const where = name === undefined ? undefined : name.slice(0, 200);
    return new DatasetError(this.source.name, where, '/file', problem, { cause });
  }

  #counted(name: string): Transform {
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        this.#bytes += chunk.length;
        this.#bare = 0;
        done(this.#bytes > this.bounds.unpackedBytes ? this.#tooMuch(name) : null, chunk);
      },
    });
  }

  #tooMuch(name: string | undefined): DatasetError {
    return this.refused(name, `more than ${this.bounds.unpackedBytes / 2 ** 20} MiB when unpacked`);
  }
}
