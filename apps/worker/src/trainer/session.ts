/** @file What a trainer keeps warm: one engine, one base model, and the tasks prepared for it. */
import { join } from 'node:path';
import { type BaseTokenizer, loadBaseModel } from '@rankforge/bases';
import type { TrialSpec } from '@rankforge/contracts';
import { type Engine, type LoadedBase, openEngine, type TaskData } from '@rankforge/peft';
import { findTask, type Task } from '@rankforge/tasks';

export interface Prepared {
  engine: Engine;
  model: LoadedBase;
  task: Task;
  data: TaskData;
}

/**
 * Opens what a trial needs, or takes what is open from the trial before. A process has one engine: an order for another
 * engine or base drops what the last one left.
 */
export class Session {
  private open: { name: string; engine: Engine; model: LoadedBase; tokenizer: BaseTokenizer } | undefined;
  private readonly data = new Map<string, Promise<TaskData>>();

  constructor(private readonly modelsDir: string) {}

  /** @throws Error naming the engine, base or task that cannot be opened */
  async prepare(spec: TrialSpec): Promise<Prepared> {
    const task = findTask(spec.task);
    if (!task) throw new Error(`task ${spec.task} is not one this worker knows: it is of another version than the API`);
    const { engine, model, tokenizer } = await this.base(spec);
    const { sequenceLength } = spec.training;
    const key = `${spec.task} ${sequenceLength}`;
    let data = this.data.get(key);
    if (!data) {
      data = task.load({ ...tokenizer, sequenceLength });
      this.data.set(key, data);
      data.catch(() => this.data.delete(key)); // told to the trial that waits for it
    }
    return { engine, model, task, data: await data };
  }

  private async base({ engine: engineName, base }: TrialSpec): Promise<NonNullable<typeof this.open>> {
    const name = `${engineName} ${base}`;
    if (this.open?.name === name) return this.open;
    this.open?.model.dispose();
    this.open = undefined;
    this.data.clear();
    const engine = await openEngine(engineName);
    const { model, tokenizer } = await loadBaseModel(join(this.modelsDir, base));
    this.open = { name, engine, model, tokenizer };
    return this.open;
  }
}
