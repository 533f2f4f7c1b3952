import { Worker } from 'node:worker_threads';
import { Injectable, Logger } from '@nestjs/common';
import type { Imported, ReadOptions, Source } from '@rankforge/tasks';
import { invalid, ProblemError } from '../platform/http/problem.js';
import type { Answer, Inspection, Job } from './import-thread.js';

/** Memory of a thread; a file that needs more is refused. */
const heapMiB = 2048;
const timeLimitMs = 10 * 60_000;

/** Reads files one after the other, so that imports never take more than one core and one heap. */
@Injectable()
export class Importer {
  private readonly logger = new Logger('datasets');
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param out where the data set is written; undefined: nothing is written
   * @throws ProblemError naming the file, where in it, and the field
   */
  async import(options: ReadOptions, out?: string): Promise<Imported> {
    const answer = await this.queued({ kind: 'import', options, out });
    return 'imported' in answer ? answer.imported : this.refuse(answer, options.source);
  }

  /** @throws ProblemError as `import` does */
  async inspect(source: Source, format: ReadOptions['format']): Promise<Inspection> {
    const answer = await this.queued({ kind: 'inspect', source, format });
    return 'inspected' in answer ? answer.inspected : this.refuse(answer, source);
  }

  private queued(job: Job): Promise<Answer> {
    const next = this.last.then(() => inThread(job));
    this.last = next;
    return next;
  }

  private refuse(answer: Answer, { name }: Source): never {
    if ('refused' in answer) throw invalid([{ path: answer.refused.field, message: answer.refused.message }]);
    const failed = 'failed' in answer ? answer.failed : 'an answer of another kind';
    this.logger.error({ file: name, failed }, 'a file could not be read');
    throw new ProblemError('internal', `${name} could not be read; see the log of the API`);
  }
}

/** Never rejects. */
function inThread(job: Job): Promise<Answer> {
  const { name } = job.kind === 'import' ? job.options.source : job.source;
  return new Promise((resolve) => {
    const thread = new Worker(new URL('./import-thread.js', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    const refuse = (problem: string) => resolve({ refused: { field: '/file', message: `${name}: ${problem}` } });
    const timer = setTimeout(() => {
      refuse(`not read within ${timeLimitMs / 60_000} minutes; give fewer rows`);
      void thread.terminate();
    }, timeLimitMs);
    thread.once('message', (answer: Answer) => resolve(answer));
    thread.once('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        refuse(`needs more than ${heapMiB} MiB to be read; give fewer rows`);
      else resolve({ failed: error.stack ?? error.message });
    });
    thread.once('exit', (code) => {
      clearTimeout(timer);
      resolve({ failed: `the thread ended with ${code}` });
    });
  });
}
