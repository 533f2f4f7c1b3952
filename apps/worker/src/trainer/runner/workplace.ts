/** @file Files of one order of a runner: a folder that ends with it. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { RunnerFile } from '@rankforge/contracts';

/** Bytes of the largest file of a runner that is read: the most that Node reads at once. */
const largestFile = 2 ** 31 - 1;

export class Workplace {
  private constructor(readonly folder: string) {}

  /** @param within made where it is not there */
  static async open(within = tmpdir()): Promise<Workplace> {
    await mkdir(within, { recursive: true });
    const folder = await realpath(await mkdtemp(join(within, 'rankforge-runner-')));
    await mkdir(join(folder, 'work'));
    return new Workplace(folder);
  }

  /** Where the runner writes. */
  get workdir(): string {
    return join(this.folder, 'work');
  }

  async write(name: string, content: Uint8Array | string): Promise<RunnerFile> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return { path, sha256: createHash('sha256').update(content).digest('hex') };
  }

  /** Writes files into a folder, and returns its path. */
  async writeFolder(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true });
    for (const [file, content] of files) await writeFile(join(folder, file), content);
    return folder;
  }

  /** @throws Error where the path leads out of the folder that the runner writes to */
  private async inWorkdir(path: string): Promise<string> {
    // Without its code: what a runner did not leave is no storage that is away, and nobody waits for it.
    const real = await realpath(path).catch((error: Error) => {
      throw new Error(`the runner names ${path}, which it did not leave: ${error.message}`);
    });
    if (!real.startsWith(this.workdir + sep)) {
      throw new Error(`the runner names ${path}, which is not in ${this.workdir}, where it was told to write`);
    }
    return real;
  }

  /** The content of a file that the runner left. @throws Error where its path leads out of the workdir, or is none of a file that can be read */
  async content(path: string): Promise<Buffer> {
    // Without O_NONBLOCK a pipe in its place opens once somebody writes to it.
    const file = await open(await this.inWorkdir(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error(`${path}, which the runner names, is no file`);
      if (stat.size > largestFile)
        throw new Error(`${path} has ${stat.size} bytes, and at most ${largestFile} are read of a file of a runner`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /** @throws Error as `content`, and where the file has another digest than its line says */
  async read({ path, sha256 }: RunnerFile): Promise<Buffer> {
    const content = await this.content(path);
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== sha256) throw new Error(`${path} has the digest ${found}, and the runner said ${sha256}`);
    return content;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
