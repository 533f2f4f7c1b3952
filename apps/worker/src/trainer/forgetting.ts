/** @file What an adapter costs on data that the base model was pre-trained beside: the loss before and after. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Forgetting } from '@rankforge/contracts';
import {
  evaluate,
  type LoadedBase,
  type Method,
  modelInput,
  readAdapter,
  type TaskData,
  type Turn,
  undisturbed,
} from '@rankforge/peft';
import { type LoadOptions, openHeldBack } from '@rankforge/tasks';
import { begunOnce } from './begun-once.js';

/** In the folder of a base model: a kept data set (libs/tasks, datasets/stored.ts), of which the test split is read. */
const heldBackFile = 'held-back.jsonl';

/** A loss over more examples costs more than it tells. */
const most = { examples: 256, sequenceLength: 256 };

interface HeldBack {
  title: string;
  data: TaskData;
  before: number;
}

/**
 * Held-back data of one base model, read when it is first needed; the loss of the base alone is taken once for each
 * length of examples: what stands before the tokens (prompts, prefixes) leaves them less room.
 */
export class ForgettingScores {
  private readonly loaded = new Map<number, Promise<HeldBack>>();

  constructor(
    private readonly folder: string,
    private readonly model: LoadedBase,
    private readonly tokenizer: Omit<LoadOptions, 'sequenceLength'>,
  ) {}

  /** @throws Error when the held-back data is there and cannot be read */
  async measure(method: Method, adapter: Uint8Array, batchSize: number, turn: Turn = undisturbed): Promise<Forgetting> {
    const file = join(this.folder, heldBackFile);
    if (!existsSync(file))
      return { measured: false, reason: `the base model brings no held-back data (${heldBackFile})` };
    const input = modelInput(this.model.config);
    if (input.kind !== 'tokens')
      return { measured: false, reason: 'held-back data is text, and the base model reads none' };
    const taken = method.sequence?.length(readAdapter(adapter).info.config as never) ?? 0;
    const sequenceLength = Math.min(most.sequenceLength, input.contextLength - taken);
    if (sequenceLength < 1)
      return { measured: false, reason: `the adapter takes up all ${input.contextLength} positions of the base model` };
    const load = () => this.load(file, { method, sequenceLength, batchSize, turn });
    const { title, data, before } = await begunOnce(this.loaded, sequenceLength, load);
    const { metrics } = await evaluate({ model: this.model, method, adapter, data, split: 'test', batchSize, turn });
    return { measured: true, data: title, examples: data.test.size, before, after: metrics.loss };
  }

  private async load(
    file: string,
    {
      method,
      sequenceLength,
      batchSize,
      turn,
    }: { method: Method; sequenceLength: number; batchSize: number; turn: Turn },
  ): Promise<HeldBack> {
    const { title, data } = await openHeldBack(file, { ...this.tokenizer, sequenceLength }, most.examples);
    const { metrics } = await evaluate({ model: this.model, method, data, split: 'test', batchSize, turn });
    return { title, data, before: metrics.loss };
  }
}
