import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Slug } from '@rankforge/contracts';
import { type Base, readBase } from './base.js';
import { KeptDigests } from './digests.js';
import { isOfSystem } from './system-error.js';

/** A folder that looks like a base model and cannot be used. */
export interface UnusableBase {
  name: string;
  reason: string;
}

/** What a models folder holds. */
export interface Bases {
  usable: readonly Base[];
  unusable: readonly UnusableBase[];
}

/** `fingerprint`: what was read then; undefined where the reason may be gone though no file changed. */
type Entry = { fingerprint: string; base: Base } | { fingerprint: string | undefined; reason: string };

/** A folder that is read, or waits for its turn. */
interface Reading {
  fingerprint: string;
  /** Ends when the folder was read, or nobody shall wait for that any longer. */
  patience: Promise<void>;
}

/** A folder with one of these is meant to be a base model. */
const marks = /^(config\.json|model\.safetensors(\.index\.json)?)$/;

export interface ShelfOptions {
  /** Folder in which digests of files stay for the next start. Default: they do not. */
  digestsDir?: string;
  /** Time for which a call waits for a folder from when it was first seen, or seen changed. */
  patienceMs?: number;
  /** Reads a folder in place of `readBase`. */
  readOne?: typeof readBase;
}

/**
 * The base models of a models folder: one folder each. A folder is read (and its weights are hashed) when it is first
 * seen, and again when one of its files changes; a folder that cannot be used is reported and does not hide the others. Folders are
 * read one after the other. One that takes long is reported as being read meanwhile, so that nobody waits for another's gigabytes.
 *
 * States of a folder: reading → usable or unusable, and back to reading when a file changes.
 */
export class BaseShelf {
  private readonly entries = new Map<string, Entry>();
  private readonly readings = new Map<string, Reading>();
  private lastReading: Promise<void> = Promise.resolve();
  private looking: Promise<void> | undefined;
  /** The sum of `entries` and `readings`; undefined once they have changed. */
  private bases: Bases | undefined;

  constructor(
    private readonly modelsDir: string,
    private readonly options: ShelfOptions = {},
  ) {}

  /**
   * Says what the folder holds now. Calls that meet share one look.
   *
   * @throws Error when the models folder itself cannot be read
   */
  async refresh(): Promise<Bases> {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    await this.looking;
    await Promise.all([...this.readings.values()].map(({ patience }) => patience));
    this.bases ??= this.list();
    return this.bases;
  }

  /** Begins to read what is new or has changed, and forgets what is gone. */
  private async look(): Promise<void> {
    const folders = (await readdir(this.modelsDir, { withFileTypes: true })).filter(mayBeFolder);
    const found = new Map<string, string>();
    for (const { name } of folders) {
      const folder = join(this.modelsDir, name);
      const files = await readdir(folder).catch(() => []);
      if (files.some((file) => marks.test(file))) found.set(name, await fingerprintOf(folder, files));
    }
    for (const name of [...this.entries.keys(), ...this.readings.keys()]) {
      if (found.has(name)) continue;
      this.entries.delete(name);
      this.readings.delete(name);
      this.bases = undefined;
    }
    for (const [name, fingerprint] of found) {
      const known = this.readings.get(name) ?? this.entries.get(name);
      if (known?.fingerprint !== fingerprint) this.begin(name, fingerprint);
    }
  }

  private begin(name: string, fingerprint: string): void {
    const isWanted = () => this.readings.get(name) === reading;
    const done = this.lastReading.then(async () => {
      if (!isWanted()) return;
      const entry = await this.readFolder(name, fingerprint);
      if (!isWanted()) return;
      this.entries.set(name, entry);
      this.readings.delete(name);
      this.bases = undefined;
    });
    this.lastReading = done;
    const reading: Reading = { fingerprint, patience: atMost(this.options.patienceMs ?? patienceMs, done) };
    this.readings.set(name, reading);
    this.bases = undefined;
  }

  private list(): Bases {
    const names = [...new Set([...this.entries.keys(), ...this.readings.keys()])].sort();
    const known = names.map((name) => [name, this.readings.has(name) ? isRead : this.entries.get(name)!] as const);
    return {
      usable: known.flatMap(([, entry]) => ('base' in entry ? [entry.base] : [])),
      unusable: known.flatMap(([name, entry]) => ('reason' in entry ? [{ name, reason: entry.reason }] : [])),
    };
  }

  private async readFolder(name: string, fingerprint: string): Promise<Entry> {
    const slug = Slug.safeParse(name);
    if (!slug.success) return { fingerprint, reason: `the folder's name: ${slug.error.issues[0]?.message}; rename it` };
    const { digestsDir, readOne = readBase } = this.options;
    const kept = digestsDir === undefined ? undefined : await KeptDigests.open(digestsDir, name);
    try {
      const base = await readOne(join(this.modelsDir, name), name, kept && ((path) => kept.digestOf(path)));
      // A disk without room costs the next start some time, and nothing else.
      await kept?.save().catch(() => undefined);
      return { fingerprint, base };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Where the models folder lies is nothing to tell those who use the API.
      const lasting = isOfSystem(error) ? undefined : fingerprint;
      return { fingerprint: lasting, reason: reason.replaceAll(`${this.modelsDir}/`, '') };
    }
  }
}

const patienceMs = 5000;

const isRead: Entry = {
  fingerprint: undefined,
  reason: 'its files are being read, which takes a while for large ones; it can be used once that is done',
};

/** Resolves with a promise that never rejects, or after so long. */
async function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Hidden folders are somebody's working files. */
const mayBeFolder = (entry: Dirent): boolean =>
  !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink());

/** Changes when a file of the folder is replaced or written to. */
async function fingerprintOf(folder: string, files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    [...files].sort().map(async (file) => {
      const { size, mtimeMs, ino } = await stat(join(folder, file)).catch(() => ({ size: -1, mtimeMs: 0, ino: 0 }));
      return `${file} ${size} ${mtimeMs} ${ino}`;
    }),
  );
  return states.join('\n');
}
