/** @file What a trainer keeps warm: one engine, one base model, and the tasks prepared for it. */
import { join } from 'node:path';
import { type BaseTokenizer, loadBaseModel } from '@rankforge/bases';
import type { TrialSpec } from '@rankforge/contracts';
import type { ArtifactStore } from '@rankforge/db';
import { type Engine, type LoadedBase, openEngine, type TaskData } from '@rankforge/peft';
import { findTask, openDatasetTask, type Task } from '@rankforge/tasks';
import { Memories } from './forgetting.js';

export interface Prepared {
  engine: Engine;
  model: LoadedBase;
  task: Task;
  data: TaskData;
  /** The base's held-back data. */
  memories: Memories;
}

/**
 * Opens what a trial needs, or takes what is open from the trial before. A process has one engine: an order for another
 * engine or base drops what the last one left.
 */
export class Session {
  private open:
    | { name: string; engine: Engine; model: LoadedBase; tokenizer: BaseTokenizer; memories: Memories }
    | undefined;
  private readonly data = new Map<string, Promise<TaskData>>();

  constructor(
    private readonly modelsDir: string,
    /** Holds users' data sets. */
    private readonly store: ArtifactStore,
  ) {}

  /** @throws Error naming the engine, base or task that cannot be opened */
  async prepare(spec: TrialSpec): Promise<Prepared> {
    const task = spec.dataset ? await this.dataset(spec.task, spec.dataset) : findTask(spec.task);
    if (!task) throw new Error(`task ${spec.task} is not one this worker knows: it is of another version than the API`);
    const { engine, model, tokenizer, memories } = await this.base(spec);
    const { sequenceLength } = spec.training;
    const key = `${spec.dataset ?? spec.task} ${sequenceLength}`;
    let data = this.data.get(key);
    if (!data) {
      data = task.load({ ...tokenizer, sequenceLength });
      this.data.set(key, data);
      data.catch(() => this.data.delete(key)); // told to the trial that waits for it
    }
    return { engine, model, task, data: await data, memories };
  }

  private async dataset(task: string, sha256: string): Promise<Task> {
    if ((await this.store.size(sha256)) === undefined) {
      throw new Error(`${task} is not in the artifact store: is RANKFORGE_DATA_DIR the same for all?`);
    }
    return openDatasetTask(task, sha256, this.store.pathOf(sha256));
  }

  private async base({ engine: engineName, base }: TrialSpec): Promise<NonNullable<typeof this.open>> {
    const name = `${engineName} ${base}`;
    if (this.open?.name === name) return this.open;
    this.open?.model.dispose();
    this.open = undefined;
    this.data.clear();
    const engine = await openEngine(engineName);
    const folder = join(this.modelsDir, base);
    const { model, tokenizer } = await loadBaseModel(folder);
    this.open = { name, engine, model, tokenizer, memories: new Memories(folder, model, tokenizer) };
    return this.open;
  }
}
