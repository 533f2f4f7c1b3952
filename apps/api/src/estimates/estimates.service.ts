import { Injectable, Logger } from '@nestjs/common';
import type { CreateEstimate, Estimate } from '@rankforge/contracts';
import { Catalog } from '../catalog/catalog.js';
import { invalid } from '../platform/http/problem.js';
import type { JobOrigin } from '../platform/job-turns.js';
import { notDone } from '../platform/no-answer.js';
import { ProcessQueue } from '../platform/process-queue.js';
import type { Answer, Job } from './estimate-child.js';

/** Makes estimates, each in a process; projects take turns. */
@Injectable()
export class EstimatesService {
  private readonly logger = new Logger('estimates');
  private readonly processes = new ProcessQueue<Job, Answer>(new URL('./estimate-child.bundle.js', import.meta.url), {
    heapMiB: 512,
    memoryMiB: 1024,
    minutes: 1,
    atOnce: 2,
    waiting: 32,
  });

  constructor(private readonly catalog: Catalog) {}

  /** @throws ProblemError naming the field that is wrong; or when nobody waits any more */
  async estimate({ base, config, ...asked }: CreateEstimate, origin: JobOrigin): Promise<Estimate> {
    const answer = await this.processes.run({ model: await this.model(base, config), asked }, origin);
    if ('made' in answer) return answer.made;
    if ('refused' in answer) throw invalid([answer.refused]);
    if ('exceeded' in answer) {
      throw invalid([{ path: '', message: `${answer.exceeded}: ask for fewer methods or ranks, or a smaller model` }]);
    }
    throw notDone(this.logger, { thing: 'estimate', done: 'made' }, answer);
  }

  private async model(name: string | undefined, json: unknown): Promise<Job['model']> {
    if (name === undefined) return { json };
    await this.catalog.refreshBases();
    const base = this.catalog.base(name);
    if (base === undefined) throw invalid([{ path: '/base', message: this.catalog.missingBase(name) }]);
    return { config: base.config };
  }
}
