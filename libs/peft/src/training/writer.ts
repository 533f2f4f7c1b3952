/** @file A language model that continues beginnings of examples. */
import { tiedLogits } from '../engine/logits.js';
import type { LoadedBase } from '../models/base.js';
import { hiddenStates, logitCap, vocabularyTable } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { logSoftmax } from '../parts/penalty/distribution.js';
import { type Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import { bareTrial } from './bare-trial.js';
import { drawn } from './sampling.js';
import { toMatrix } from './teacher.js';
import type { TrialModel } from './trial.js';

interface WriterOptions {
  /** Examples that beginnings are taken of. */
  seeds: Batch;
  promptTokens: number;
  temperature: number;
}

/** Ancestral sampling: each next token is drawn from `softmax(logits / temperature)`. */
export class ExampleWriter {
  private readonly trial: TrialModel;

  constructor(
    private readonly model: LoadedBase,
    private readonly options: WriterOptions,
  ) {
    this.trial = bareTrial(model);
  }

  /** Bytes of the model on the device. */
  get bytes(): number {
    const access = this.trial.access();
    return this.trial.plan.base.reduce((sum, { path }) => sum + 4 * access.tensor(path).size, 0);
  }

  /**
   * `count` examples as long as seed `seed`, with its first tokens. Where a target belongs to each token it is the token
   * after it, and counts where it counts in the seed; else it is 0 and means nothing.
   */
  async write(seed: number, count: number, random: Random): Promise<Batch> {
    const { seeds, promptTokens } = this.options;
    const { sequence } = seeds;
    const length = seeds.lengths[seed]!;
    const perToken = seeds.targets.length === seeds.inputs.length;
    const prompt = Math.min(promptTokens, Math.max(1, length - 1));
    const beginning = seeds.inputs.subarray(seed * sequence, seed * sequence + prompt);
    const rows = Array.from({ length: count }, () => [...beginning]);
    // The token after the last is drawn too, as the target of the last.
    for (let at = prompt; at < length + (perToken ? 1 : 0); at++) {
      const next = await this.next(rows, random.fork(`token/${at}`));
      for (const [row, token] of next.entries()) rows[row]!.push(token);
    }
    const counts = (position: number) => seeds.targets[seed * sequence + position]! >= 0;
    const table = (value: (row: readonly number[], position: number) => number) =>
      Int32Array.from(rows.flatMap((row) => Array.from({ length: sequence }, (_, position) => value(row, position))));
    return {
      size: count,
      sequence,
      inputs: table((row, position) => (position < length ? row[position]! : 0)),
      targets: perToken
        ? table((row, position) => (position < length && counts(position) ? row[position + 1]! : -1))
        : new Int32Array(count),
      lengths: new Int32Array(count).fill(length),
    };
  }

  dispose(): void {
    this.trial.dispose();
  }

  /** The next token of every row; rows are of one length. */
  private async next(rows: readonly (readonly number[])[], random: Random): Promise<number[]> {
    const { config } = this.model;
    const [size, sequence] = [rows.length, rows[0]!.length];
    const input = {
      size,
      sequence,
      inputs: Int32Array.from(rows.flat()),
      lengths: new Int32Array(size).fill(sequence),
    };
    const last = Int32Array.from({ length: size }, (_, row) => (row + 1) * sequence - 1);
    const access = this.trial.access();
    const logits = await toMatrix(
      tf.tidy(() =>
        tiedLogits(hiddenStates(config, input, access), vocabularyTable(config, access), last, logitCap(config)),
      ),
    );
    const p = logSoftmax(logits, this.options.temperature);
    return rows.map((_, row) => drawn(p.getRow(row), random.uniform()));
  }
}
