/** @file The store of artifacts that the API and the workers share: a folder of files named by their SHA-256. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

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

  /** Stores bytes and returns their name and number. */
  async put(bytes: Uint8Array): Promise<{ sha256: string; bytes: number }> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = this.pathOf(sha256);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
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
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(folder);
    return { sha256, bytes: bytes.byteLength };
  }

  /** Stores what a stream gives, without holding it in memory. A stream that fails leaves nothing. */
  async putStream(stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    await mkdir(this.root, { recursive: true });
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
      await mkdir(folder, { recursive: true });
      await rename(temporary, this.pathOf(sha256));
      await syncFolder(folder);
      return { sha256, bytes };
    } catch (error) {
      await rm(temporary, { force: true });
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
      throw new ArtifactError(
        `artifact ${sha256} cannot be read from ${this.root}: is RANKFORGE_DATA_DIR the same for all?`,
        {
          cause,
        },
      );
    }
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw new ArtifactError(`artifact ${sha256} is damaged: its bytes hash to ${found}`);
    return bytes;
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

  /** Removes an artifact that no row refers to; one that is not there is no error. */
  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
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
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
