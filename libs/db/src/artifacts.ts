/** @file The store of artifacts that the API and the workers share: a folder of files named by their SHA-256. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline, type Readable, Transform } from 'node:stream';

/** A file that a training left in the store, and the step it was made at. */
export interface StoredArtifact {
  sha256: string;
  bytes: number;
  step: number;
}

/** A file taken aside: no longer under its name, and not removed. */
export interface AsideFile {
  sha256: string;
  path: string;
  bytes: number;
  /** When it was stored last, by the clock of the file system. */
  storedAtMs: number;
}

/** `.aside.SHA.UUID`, beside the file's own place. */
const asideName = /^\.aside\.([0-9a-f]{64})\./;
const artifactName = /^[0-9a-f]{64}$/;
/** Folder of further links to files that a backup reads. */
const heldFolder = '.held';

/** An artifact is not there, or its bytes are not the ones that were stored. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/**
 * Content-addressed files: equal bytes are one file, and a file never changes. A file appears whole or not at all
 * (temporary file, fsync, rename, fsync of the folder), so a process may be killed at any moment.
 *
 * @example
 * const store = new ArtifactStore('/data/artifacts');
 * const { sha256 } = await store.put(bytes);
 * const same = await store.read(sha256);
 */
export class ArtifactStore {
  private readonly root: string;

  constructor(folder: string) {
    this.root = resolve(folder);
  }

  /** Makes the folder. Nothing else does: while a disk is away its place must not be filled with another one's files. */
  async prepare(): Promise<void> {
    await mkdir(this.root, { recursive: true });
  }

  /** Stores bytes and returns their name and number. */
  async put(bytes: Uint8Array): Promise<{ sha256: string; bytes: number }> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = this.pathOf(sha256);
    const folder = dirname(path);
    await ensureFolder(folder);
    const temporary = join(folder, `.${sha256}.${randomUUID()}`);
    try {
      const file = await open(temporary, 'wx', 0o644);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await discard(temporary);
      throw error;
    }
    await syncFolder(folder);
    return { sha256, bytes: bytes.byteLength };
  }

  /** Stores what a stream gives, without holding it in memory. A stream that fails leaves nothing. */
  async putStream(stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const temporary = join(this.root, `.${randomUUID()}`);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(temporary, 'wx', 0o644);
      try {
        for await (const chunk of stream) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const sha256 = hash.digest('hex');
      const folder = dirname(this.pathOf(sha256));
      await ensureFolder(folder);
      await rename(temporary, this.pathOf(sha256));
      await syncFolder(folder);
      return { sha256, bytes };
    } catch (error) {
      await discard(temporary);
      throw error;
    }
  }

  /**
   * Reads an artifact and checks it against its name.
   * @throws ArtifactError when it is missing or damaged
   */
  async read(sha256: string): Promise<Buffer> {
    const path = this.pathOf(sha256);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      throw this.unreadable(sha256, cause);
    }
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw damaged(sha256, `its bytes hash to ${found}`);
    return bytes;
  }

  /**
   * Reads an artifact piece by piece, without holding it in memory. The last piece comes once all of them were checked against
   * its name: the stream of a damaged one fails before its end.
   *
   * @param bytes how many were stored
   * @throws ArtifactError when it is missing, or has another size
   */
  async stream(sha256: string, bytes: number): Promise<Readable> {
    const file = await open(this.pathOf(sha256)).catch((cause) => {
      throw this.unreadable(sha256, cause);
    });
    const { size } = await file.stat();
    if (size !== bytes) {
      await file.close();
      throw damaged(sha256, `it has ${size} bytes, and ${bytes} were stored`);
    }
    // A failure reaches whoever reads the pieces.
    return pipeline(file.createReadStream(), checkedPieces(sha256), () => undefined);
  }

  /**
   * The file of an artifact that is there; its bytes are not checked.
   * @throws ArtifactError when it is missing
   */
  async locate(sha256: string): Promise<string> {
    const path = this.pathOf(sha256);
    await stat(path).catch((cause) => {
      throw this.unreadable(sha256, cause);
    });
    return path;
  }

  /** Bytes of an artifact, or undefined when it is not there. */
  async size(sha256: string): Promise<number | undefined> {
    try {
      return (await stat(this.pathOf(sha256))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /**
   * Writes a file and removes it.
   * @throws the file system's error where it takes none
   */
  async tryWriting(): Promise<void> {
    const temporary = join(this.root, `.${randomUUID()}`);
    try {
      const file = await open(temporary, 'wx', 0o644);
      try {
        await file.writeFile('tried');
        await file.sync();
      } finally {
        await file.close();
      }
    } finally {
      await discard(temporary);
    }
  }

  /** Holds a file by a further link, so that its bytes stay when it is removed. False where it is not there. */
  async hold(sha256: string): Promise<boolean> {
    const path = this.pathOf(sha256);
    await ensureFolder(join(this.root, heldFolder));
    try {
      await link(path, join(this.root, heldFolder, sha256));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return true;
      if (code === 'ENOENT') return false;
      throw error;
    }
  }

  /** A file that is held; its bytes are not checked. */
  async openHeld(sha256: string): Promise<{ size: number; body: Readable }> {
    const file = await open(join(this.root, heldFolder, sha256));
    const { size } = await file.stat();
    return { size, body: file.createReadStream({ highWaterMark: 2 ** 20 }) };
  }

  /** Ends the hold of all files. */
  async releaseHeld(): Promise<void> {
    await rm(join(this.root, heldFolder), { recursive: true, force: true });
  }

  /** Removes an artifact that no row refers to; one that is not there is no error. */
  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  /** Artifacts stored last before a time. */
  async *olderThan(timeMs: number): AsyncGenerator<{ sha256: string; storedAtMs: number }> {
    for await (const path of this.files()) {
      const sha256 = basename(path);
      if (!artifactName.test(sha256)) continue;
      const found = await statOf(path);
      if (found && found.mtimeMs < timeMs) yield { sha256, storedAtMs: found.mtimeMs };
    }
  }

  /** Files that were begun and not finished, and not written to since a time. */
  async *temporaries(timeMs: number): AsyncGenerator<{ path: string; bytes: number }> {
    for await (const path of this.files()) {
      const name = basename(path);
      if (!name.startsWith('.') || asideName.test(name)) continue;
      const found = await statOf(path);
      if (found && found.mtimeMs < timeMs) yield { path, bytes: found.size };
    }
  }

  /** Takes an artifact from its place, so that no one stores into it. Undefined when it is gone. */
  async takeAside(sha256: string): Promise<AsideFile | undefined> {
    const from = this.pathOf(sha256);
    const path = join(dirname(from), `.aside.${sha256}.${randomUUID()}`);
    try {
      await rename(from, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const found = await statOf(path);
    return found && { sha256, path, bytes: found.size, storedAtMs: found.mtimeMs };
  }

  /** Gives a file its place again, unless the same bytes were stored there meanwhile. */
  async putBack({ sha256, path }: Pick<AsideFile, 'sha256' | 'path'>): Promise<void> {
    try {
      await link(path, this.pathOf(sha256));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // There already: the same bytes. Gone: another process has put it back.
      if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    }
    await rm(path, { force: true });
  }

  /** Puts back what a process took aside that was killed before it had judged it. */
  async returnAll(): Promise<void> {
    for await (const path of this.files()) {
      const sha256 = asideName.exec(basename(path))?.[1];
      if (sha256) await this.putBack({ sha256, path });
    }
  }

  /** Removes a file that is no artifact: temporary, or aside. */
  async removeTemporary(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Every file, in folders of two digits and above them, but those that are held. */
  private async *files(): AsyncGenerator<string> {
    for await (const { path, folder } of entries(this.root)) {
      if (basename(path) === heldFolder) continue;
      if (!folder) yield path;
      else for await (const inner of entries(path)) if (!inner.folder) yield inner.path;
    }
  }

  /**
   * The file of an artifact, for who reads it piece by piece. It may not be there.
   * @throws ArtifactError when the name is not a SHA-256: no other name becomes a path
   */
  pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new ArtifactError(`"${sha256}" is not the name of an artifact: expected 64 hex digits in lower case`);
    }
    return join(this.root, sha256.slice(0, 2), sha256);
  }

  private unreadable(sha256: string, cause: unknown): ArtifactError {
    return new ArtifactError(
      `artifact ${sha256} cannot be read from ${this.root}: is RANKFORGE_DATA_DIR the same for all?`,
      { cause },
    );
  }
}

const damaged = (sha256: string, how: string) => new ArtifactError(`artifact ${sha256} is damaged: ${how}`);

/** Passes pieces on, each behind the next one, and the last once all of them have the hash. */
function checkedPieces(sha256: string): Transform {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  return new Transform({
    transform(piece: Buffer, _, done) {
      hash.update(piece);
      const before = held;
      held = piece;
      done(null, before);
    },
    flush(done) {
      const found = hash.digest('hex');
      if (found === sha256) done(null, held);
      else done(damaged(sha256, `its bytes hash to ${found}`));
    },
  });
}

/** A folder of two digits; the one it is in must be there. */
async function ensureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Removes a temporary file as far as that is possible now; what stays is collected later. */
async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** None where the folder is not there yet. */
async function* entries(folder: string): AsyncGenerator<{ path: string; folder: boolean }> {
  let open: Awaited<ReturnType<typeof opendir>>;
  try {
    open = await opendir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for await (const entry of open) yield { path: join(folder, entry.name), folder: entry.isDirectory() };
}

/** Undefined for a file that is gone. */
async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
