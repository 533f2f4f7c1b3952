import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { chosenChat } from '@rankforge/bases';
import type { CreateSweep, ReadLengths } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { modelInput } from '@rankforge/peft';
import type { DatasetLengths } from '@rankforge/tasks';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid } from '../platform/http/problem.js';
import type { NoAnswer } from '../platform/job-answer.js';
import { notDone } from '../platform/no-answer.js';
import { ProcessQueue } from '../platform/process-queue.js';
import { SETTINGS } from '../platform/settings.js';
import type { Answer, Job } from './length-child.js';

/** Answers that are kept: each is of one data set to one base at one length. */
const keptAtMost = 200;

const path = '/training/sequenceLength';

/** Reads of data sets of this installation how long their examples are, and gives sweeps that name no length the one that follows from it. */
@Injectable()
export class LengthReader {
  private readonly logger = new Logger('sweeps');
  private readonly store: ArtifactStore;
  private readonly kept = new Map<string, DatasetLengths | undefined>();
  private readonly processes = new ProcessQueue<Job, Answer>(new URL('./length-child.bundle.js', import.meta.url), {
    heapMiB: 2048,
    memoryMiB: 3072,
    minutes: 2,
    atOnce: 2,
    waiting: 8,
  });

  constructor(
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    this.store = new ArtifactStore(settings.artifactDir);
  }

  /**
   * The request with a length. Conversations are read whatever it names: their template is somebody's program, whose faults are told before a trial
   * meets them.
   *
   * @throws ProblemError where it names no length and the data cannot be read, or conversations cannot be laid out
   */
  async decide(request: CreateSweep, projectId: string): Promise<CreateSweep> {
    const asked = request.training.sequenceLength !== undefined;
    if (asked && !(await this.tasks.find(request.task, projectId))?.task.conversations) return request;
    return (await this.read(request, projectId)).request;
  }

  /** The request with a length, and what that cuts. @throws ProblemError as `decide`; or where the length leaves no room */
  async read(
    request: CreateSweep,
    projectId: string,
  ): Promise<{ request: CreateSweep; lengths?: { lengths: ReadLengths } }> {
    const asked = request.training.sequenceLength;
    const answer = await this.answer(request, projectId);
    if ('unreadable' in answer) throw invalid([{ path: '/chatTemplate', message: answer.unreadable }]);
    if ('refused' in answer) throw invalid([{ path, message: answer.refused }]);
    if (!('read' in answer)) {
      if ('waiting' in answer && asked === undefined) {
        throw notDone(this.logger, { thing: `length of the examples of ${request.task}`, done: 'read' }, answer);
      }
      const why = this.noted(answer, request);
      if (asked !== undefined) return { request };
      throw invalid([{ path, message: `cannot follow from the data (${why}); name a length` }]);
    }
    const { read } = answer;
    if (read === undefined) return { request };
    const lengths: ReadLengths = { ...read, ...(asked === undefined && { fromData: true }) };
    const training = { ...request.training, sequenceLength: read.sequenceLength };
    return { request: { ...request, training }, lengths: { lengths } };
  }

  private async answer(request: CreateSweep, projectId: string): Promise<Answer | NoAnswer> {
    const found = await this.tasks.find(request.task, projectId);
    const base = this.catalog.base(request.base);
    // A name that is not known is refused when the sweep is planned.
    if (!found?.datasetId || !base || modelInput(base.config).kind !== 'tokens') return { read: undefined };
    const { dataHash, conversations } = found.task;
    const asked = request.training.sequenceLength;
    const { chatTemplate: template } = request;
    const chosen = conversations && chosenChat(base.chat ?? { tokens: {} }, template);
    // A base that brings no template is refused when the sweep is planned.
    if (conversations && !chosen) return { read: undefined };
    const chat = chosen && { chat: { template } };
    const key = JSON.stringify([dataHash, base.sha256, asked, chosen?.facts.sha256]);
    if (this.kept.has(key)) return { read: this.kept.get(key) };
    const job = { file: this.store.pathOf(dataHash), base: join(this.settings.modelsDir, base.name), asked, ...chat };
    const answer = await this.processes.run(job, { owner: projectId, signal: new AbortController().signal });
    if ('read' in answer) this.keep(key, answer.read);
    return answer;
  }

  private keep(key: string, read: DatasetLengths | undefined): void {
    const [oldest] = this.kept.keys();
    if (this.kept.size >= keptAtMost) this.kept.delete(oldest!);
    this.kept.set(key, read);
  }

  /** Logs why there is no answer, and says it in a few words. */
  private noted(
    why: Exclude<Answer | NoAnswer, { read: unknown } | { refused: string } | { unreadable: string }>,
    { task }: CreateSweep,
  ): string {
    if ('exceeded' in why) return why.exceeded;
    this.logger.error({ failed: 'failed' in why ? why.failed : why }, `lengths of ${task} could not be read`);
    return 'it could not be read; see the log of the API';
  }
}
