import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Slug } from '@rankforge/contracts';
import { type Base, readBase } from './base.js';
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

/** A folder with one of these is meant to be a base model. */
const marks = /^(config\.json|model\.safetensors(\.index\.json)?)$/;

/**
 * The base models of a models folder: one folder each. A folder is read (and its weights are hashed) when it is first
 * seen, and again when one of its files changes; a folder that cannot be used is reported and does not hide the others.
 */
export class BaseShelf {
  private entries = new Map<string, Entry>();
  private refreshing: Promise<Bases> | undefined;

  /** @param readOne reads a folder in place of `readBase` */
  constructor(
    private readonly modelsDir: string,
    private readonly readOne: typeof readBase = readBase,
  ) {}

  /**
   * What the folder holds now. Calls that meet share one reading.
   *
   * @throws Error when the models folder itself cannot be read
   */
  refresh(): Promise<Bases> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async read(): Promise<Bases> {
    const folders = (await readdir(this.modelsDir, { withFileTypes: true })).filter(mayBeFolder);
    const names = folders.map(({ name }) => name).sort();
    const read = await Promise.all(names.map(async (name) => [name, await this.readFolder(name)] as const));
    this.entries = new Map(read.flatMap(([name, entry]) => (entry ? [[name, entry]] : [])));
    const entries = [...this.entries];
    return {
      usable: entries.flatMap(([, entry]) => ('base' in entry ? [entry.base] : [])),
      unusable: entries.flatMap(([name, entry]) => ('reason' in entry ? [{ name, reason: entry.reason }] : [])),
    };
  }

  /** Undefined for a folder that is no base model. */
  private async readFolder(name: string): Promise<Entry | undefined> {
    const folder = join(this.modelsDir, name);
    const files = await readdir(folder).catch(() => []);
    if (!files.some((file) => marks.test(file))) return undefined;
    const fingerprint = await fingerprintOf(folder, files);
    const known = this.entries.get(name);
    if (known?.fingerprint === fingerprint) return known;
    const slug = Slug.safeParse(name);
    if (!slug.success) return { fingerprint, reason: `the folder's name: ${slug.error.issues[0]?.message}; rename it` };
    try {
      return { fingerprint, base: await this.readOne(folder, name) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Where the models folder lies is nothing to tell those who use the API.
      const lasting = isOfSystem(error) ? undefined : fingerprint;
      return { fingerprint: lasting, reason: reason.replaceAll(`${this.modelsDir}/`, '') };
    }
  }
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
