import { Inject, Injectable, Logger } from '@nestjs/common';
import { ArtifactStore } from '@rankforge/db';
import type { FoundTask } from '../../catalog/tasks.js';
import type { ApiSettings } from '../../platform/env.js';
import { inProcess } from '../../platform/in-process.js';
import { notDone } from '../../platform/no-answer.js';
import { SETTINGS } from '../../platform/settings.js';
import type { Answer, Fields, Job } from './examples-child.js';

/** A split of no more examples is read once; of a larger one, each page is. */
const keptExamples = 2000;
/** Splits that are kept: texts are shortened, so that each is a few MiB at most. */
const keptSplits = 8;

const script = new URL('./examples-child.bundle.js', import.meta.url);
const limits = { heapMiB: 2048, memoryMiB: 3072, minutes: 2 };

export interface ReadExamples {
  examples: ReadonlyMap<number, Fields>;
  /** Examples of the whole split. */
  size: number;
}

/** Reads test examples as people read them. */
@Injectable()
export class ExampleReader {
  private readonly logger = new Logger('trials');
  private readonly store: ArtifactStore;
  /** By the hash of the data; what was read last stands last. */
  private readonly kept = new Map<string, ReadExamples>();

  constructor(@Inject(SETTINGS) { artifactDir }: ApiSettings) {
    this.store = new ArtifactStore(artifactDir);
  }

  /**
   * @param places in the test split
   * @returns the reason, in words, where they cannot be read
   * @throws ProblemError `internal` where their process breaks
   */
  async read({ task, datasetId }: FoundTask, places: readonly number[]): Promise<ReadExamples | string> {
    const { name, dataHash } = task;
    const known = this.kept.get(dataHash);
    if (known) return known;
    if (datasetId !== undefined && (await this.store.size(dataHash)) === undefined)
      return 'The examples of this data set are not in the artifact store';
    const dataset = datasetId === undefined ? {} : { dataset: { sha256: dataHash, file: this.store.pathOf(dataHash) } };
    const job = { task: name, ...dataset, places, allOf: keptExamples };
    const answer = await inProcess<Job, Answer>(script, job, { ...limits, signal: new AbortController().signal });
    if ('exceeded' in answer) return `The examples of ${name} cannot be read: ${answer.exceeded}`;
    if (!('examples' in answer)) throw notDone(this.logger, { thing: `examples of ${name}`, done: 'read' }, answer);
    if (answer.size <= keptExamples) this.keep(dataHash, answer);
    return answer;
  }

  private keep(dataHash: string, read: ReadExamples): void {
    const [oldest] = this.kept.keys();
    if (this.kept.size >= keptSplits) this.kept.delete(oldest!);
    this.kept.set(dataHash, read);
  }
}
