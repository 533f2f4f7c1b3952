/** @file Digests of the files of base models, and those of before, so that tens of gigabytes are not read again at every start. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

export interface FileDigest {
  bytes: number;
  sha256: string;
}

/** Reads a file to its end. */
export async function digestOf(path: string): Promise<FileDigest> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  const hash = createHash('sha256');
  await pipeline(stream, hash);
  return { bytes: stream.bytesRead, sha256: hash.digest('hex') };
}

const Kept = z.record(z.string(), z.strictObject({ state: z.string(), bytes: z.int(), sha256: z.string() }));
type Kept = z.infer<typeof Kept>;

/**
 * Digests of one base model's files, kept in a file. One is taken for that of a file with the same size, times and inode: whatever
 * writes to a file or puts another in its place changes one of these.
 *
 * @example
 * const kept = await KeptDigests.open('digests', 'minilm-l6');
 * await kept.digestOf('models/minilm-l6/model.safetensors');
 * await kept.save();
 */
export class KeptDigests {
  private readonly used: Kept = {};

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly known: Kept,
  ) {}

  /** A file that is missing or damaged holds nothing. */
  static async open(folder: string, name: string): Promise<KeptDigests> {
    const text = await readFile(fileOf(folder, name), 'utf8').catch(() => '{}');
    return new KeptDigests(folder, name, parsed(text));
  }

  async digestOf(path: string): Promise<FileDigest> {
    const state = stateOf(await stat(path));
    const known = this.known[basename(path)];
    const found = known?.state === state ? { bytes: known.bytes, sha256: known.sha256 } : await digestOf(path);
    // One that was written to meanwhile is read again the next time.
    this.used[basename(path)] = { state, ...found };
    return found;
  }

  /** Keeps what was asked for. @throws Error where the folder cannot be written to */
  async save(): Promise<void> {
    if (JSON.stringify(this.used) === JSON.stringify(this.known)) return;
    await mkdir(this.folder, { recursive: true });
    const file = fileOf(this.folder, this.name);
    const whole = `${file}.${randomUUID()}`;
    try {
      await writeFile(whole, JSON.stringify(this.used));
      await rename(whole, file);
    } catch (error) {
      await rm(whole, { force: true });
      throw error;
    }
  }
}

const fileOf = (folder: string, name: string) => join(folder, `${name}.json`);

const stateOf = ({ size, mtimeMs, ctimeMs, ino }: Stats) => `${size} ${mtimeMs} ${ctimeMs} ${ino}`;

function parsed(text: string): Kept {
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
