import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import { pack } from 'tar-stream';
import { Holdings } from '../platform/holdings.js';
import { ProblemError } from '../platform/http/problem.js';
import { inProcess } from '../platform/in-process.js';
import { type JobOrigin, JobTurns } from '../platform/job-turns.js';
import { notDone } from '../platform/no-answer.js';
import { Uploads } from '../uploads/uploads.js';
import type { ExportOrder, ExportOutcome } from './export-messages.js';

const script = new URL('./export-child.bundle.js', import.meta.url);

/** A model of some billions of parameters is loaded, merged and written meanwhile. */
const minutes = 30;

/** Conversions of one project that wait, run or are read. */
const heldAtMost = 4;

/** Converts adapters, each in a process of its own; projects take turns. */
@Injectable()
export class AdapterExports {
  private readonly logger = new Logger('exports');
  private readonly turns = new JobTurns({ atOnce: 2, waiting: heldAtMost });
  /** Files of a conversion lie on the disk until they are read. */
  private readonly holdings = new Holdings(heldAtMost, 'conversions');

  constructor(private readonly uploads: Uploads) {}

  /**
   * Converts an adapter and streams the files as a tar archive. Nothing is left on disk when the stream ends, however it ends.
   *
   * @param adapter reads its bytes, once it is their turn
   * @throws ProblemError `conflict` where the adapter cannot leave in this format; or when nobody waits any more;
   * `rate-limited` where the project has as many under way as it may
   */
  async archive(
    adapter: () => Promise<Uint8Array>,
    order: Omit<ExportOrder, 'adapter' | 'out'>,
    origin: JobOrigin,
  ): Promise<Readable> {
    const giveBack = this.holdings.take(origin.owner);
    const folder = await this.uploads.newPath().catch((error) => {
      giveBack();
      throw error;
    });
    const discard = () => rm(folder, { recursive: true, force: true }).finally(giveBack);
    const [file, out] = [join(folder, 'adapter.safetensors'), join(folder, 'out')];
    try {
      const answer = await this.turns.run(async () => {
        await mkdir(out, { recursive: true });
        await writeFile(file, await adapter());
        const limits = { minutes, signal: origin.signal };
        return inProcess<ExportOrder, ExportOutcome>(script, { ...order, adapter: file, out }, limits);
      }, origin);
      if ('written' in answer) return archiveOf(out, discard);
      if ('refused' in answer) throw new ProblemError('conflict', answer.refused);
      if ('exceeded' in answer) {
        const detail = `The conversion was ${answer.exceeded}: ask for the format native, and convert that with the library`;
        throw new ProblemError('conflict', detail);
      }
      throw notDone(this.logger, { thing: 'adapter', done: 'converted' }, answer);
    } catch (error) {
      await discard();
      throw error;
    }
  }
}

function archiveOf(folder: string, discard: () => Promise<void>): Readable {
  const archive = pack();
  void addFiles(archive, folder)
    .catch((error: Error) => archive.destroy(error))
    .finally(discard);
  return archive;
}

async function addFiles(archive: ReturnType<typeof pack>, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const { size } = await stat(path);
    await pipeline(createReadStream(path), archive.entry({ name, size }));
  }
  archive.finalize();
}
