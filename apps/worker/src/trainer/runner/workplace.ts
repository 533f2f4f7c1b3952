/** @file Files of one order of a runner: a folder that ends with it. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { RunnerFile } from '@rankforge/contracts';

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
  async inWorkdir(path: string): Promise<string> {
    const real = await realpath(path);
    if (!real.startsWith(this.workdir + sep)) {
      throw new Error(`the runner names ${path}, which is not in ${this.workdir}, where it was told to write`);
    }
    return real;
  }

  /** @throws Error where the file has another digest than its line says */
  async read({ path, sha256 }: RunnerFile): Promise<Buffer> {
    const content = await readFile(await this.inWorkdir(path));
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== sha256) throw new Error(`${path} has the digest ${found}, and the runner said ${sha256}`);
    return content;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
