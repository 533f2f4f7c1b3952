/** @file The folder of a running API in which uploads lie while they are read, and what became of those of an API that was killed. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { check, lock } from 'proper-lockfile';

export interface UploadFolderOptions {
  /** The folder of all APIs. */
  root: string;
  /** An API that gave no sign for this long is gone; at least 2 s. */
  staleMs: number;
  log(problem: string): void;
}

/** Files without an owner that are younger may be of an API that has no folder of its own: one of an earlier version. */
const ownerlessMs = 3_600_000;

/**
 * The folder of one API: `root/ID`, with a sign of life beside it, `root/ID.lock`, whose time is renewed. The sign is there
 * before the folder is and goes after it, so a folder without a sign has no owner.
 *
 * @example
 * const folder = await UploadFolder.open(options);
 * const file = await folder.newPath();
 * await folder.close();
 */
export class UploadFolder {
  private constructor(
    private readonly path: string,
    private readonly options: UploadFolderOptions,
    private readonly release: () => Promise<void>,
  ) {}

  static async open(options: UploadFolderOptions): Promise<UploadFolder> {
    const path = join(options.root, randomUUID());
    await mkdir(options.root, { recursive: true });
    const release = await lock(path, {
      realpath: false,
      stale: options.staleMs,
      update: options.staleMs / 4,
      onCompromised: ({ message }) => options.log(`the sign of life of ${path} cannot be renewed: ${message}`),
    });
    await mkdir(path);
    return new UploadFolder(path, options, release);
  }

  /** A name for a file or folder that is not there yet. */
  async newPath(): Promise<string> {
    await mkdir(this.path, { recursive: true });
    return join(this.path, randomUUID());
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await this.release().catch(() => undefined); // it was lost before
  }

  /**
   * Removes what APIs left that are gone. Several may do it at once.
   * @returns names of what was removed
   */
  async collect(): Promise<string[]> {
    const { root } = this.options;
    const names = await readdir(root);
    const removed: string[] = [];
    for (const name of names.filter((name) => !name.endsWith(lockSuffix) && name !== basename(this.path))) {
      if (!(await this.isLeft(name, names.includes(`${name}${lockSuffix}`)))) continue;
      await rm(join(root, name), { recursive: true, force: true });
      await rm(join(root, `${name}${lockSuffix}`), { recursive: true, force: true });
      removed.push(name);
    }
    return removed;
  }

  private async isLeft(name: string, signed: boolean): Promise<boolean> {
    const path = join(this.options.root, name);
    if (signed) return !(await check(path, { realpath: false, stale: this.options.staleMs }));
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > ownerlessMs;
  }
}

const lockSuffix = '.lock';
