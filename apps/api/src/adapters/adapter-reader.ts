import { Injectable, Logger } from '@nestjs/common';
import { invalid } from '../platform/http/problem.js';
import type { JobOrigin } from '../platform/job-turns.js';
import { notDone } from '../platform/no-answer.js';
import { ProcessQueue } from '../platform/process-queue.js';
import type { Answer, Job } from './read-child.js';

/** Reads adapters, each in a process; projects take turns. */
@Injectable()
export class AdapterReader {
  private readonly logger = new Logger('adapters');
  private readonly processes = new ProcessQueue<Job, Answer>(new URL('./read-child.bundle.js', import.meta.url), {
    heapMiB: 1024,
    memoryMiB: 2048,
    minutes: 5,
    atOnce: 2,
    waiting: 8,
  });

  /** @throws ProblemError naming the file, and the field or the tensor that is not as expected; or when nobody waits any more */
  async read(job: Job, origin: JobOrigin): Promise<Extract<Answer, { read: unknown }>['read']> {
    const answer = await this.processes.run(job, origin);
    if ('read' in answer) return answer.read;
    if ('exceeded' in answer) throw invalid([{ path: '/file', message: answer.exceeded }]);
    if ('refused' in answer) {
      const path = answer.refused.startsWith('adapter_config.json') ? '/config' : '/file';
      throw invalid([{ path, message: answer.refused }]);
    }
    throw notDone(this.logger, { thing: 'adapter', done: 'read' }, answer);
  }
}
