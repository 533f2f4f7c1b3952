import { Injectable, Logger } from '@nestjs/common';
import type { Imported, ReadOptions, Source } from '@rankforge/tasks';
import { invalid } from '../platform/http/problem.js';
import type { NoAnswer } from '../platform/job-answer.js';
import type { JobOrigin } from '../platform/job-turns.js';
import { notDone } from '../platform/no-answer.js';
import { ProcessQueue } from '../platform/process-queue.js';
import type { Answer, Inspection, Job } from './import-child.js';

/** Reads files, each in a process; projects take turns. */
@Injectable()
export class Importer {
  private readonly logger = new Logger('datasets');
  private readonly processes = new ProcessQueue<Job, Answer>(new URL('./import-child.bundle.js', import.meta.url), {
    heapMiB: 2048,
    memoryMiB: 3072,
    minutes: 10,
    atOnce: 2,
    waiting: 8,
  });

  /**
   * @param out where the data set is written; undefined: nothing is written
   * @throws ProblemError naming the file, where in it, and the field; or when nobody waits any more
   */
  async import(options: ReadOptions, origin: JobOrigin, out?: string): Promise<Imported> {
    const answer = await this.processes.run({ kind: 'import', options, out }, origin);
    return 'imported' in answer ? answer.imported : this.refuse(answer, options.source);
  }

  /** @throws ProblemError as `import` does */
  async inspect(source: Source, format: ReadOptions['format'], origin: JobOrigin): Promise<Inspection> {
    const answer = await this.processes.run({ kind: 'inspect', source, format }, origin);
    return 'inspected' in answer ? answer.inspected : this.refuse(answer, source);
  }

  private refuse(answer: Answer | NoAnswer, { name }: Source): never {
    if ('refused' in answer) throw invalid(answer.refused.map(({ field: path, message }) => ({ path, message })));
    if ('exceeded' in answer) {
      throw invalid([{ path: '/file', message: `${name}: ${answer.exceeded}; give fewer rows` }]);
    }
    const known = 'givenUp' in answer || 'failed' in answer || 'waiting' in answer;
    throw notDone(
      this.logger,
      { thing: `file ${name}`, done: 'read' },
      known ? answer : { failed: 'an answer of another kind' },
    );
  }
}
