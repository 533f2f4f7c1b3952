/** @file A language model that continues tokens, and says how likely others would have been. */
import type { Matrix } from 'ml-matrix';
import { tiedLogits } from '../engine/logits.js';
import type { LoadedBase } from '../models/base.js';
import { modelInput } from '../models/config.js';
import { hiddenStates, logitCap, vocabularyTable } from '../models/forward.js';
import { KeyValueCache } from '../models/past.js';
import { largestOf } from '../objectives/answers.js';
import { logSoftmax } from '../parts/penalty/distribution.js';
import { type Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import { readAdapter } from './adapter.js';
import { bareTrial } from './bare-trial.js';
import { restore } from './evaluate.js';
import { unmergeable } from './inject.js';
import { drawn } from './sampling.js';
import { type Teacher, toMatrix } from './teacher.js';
import type { TrialModel } from './trial.js';
import { type Turn, undisturbed } from './turns.js';

export interface ContinueOptions {
  /** Most tokens that are written. */
  most: number;
  /** 0 takes the likeliest token each time. */
  temperature: number;
  random: Random;
  /** Tokens that end a text. */
  ends: readonly number[];
  /** Whether what is written so far ends here. */
  enough(written: readonly number[]): boolean;
}

/** A base model that writes: as it is, or with an adapter. */
export class ContinuingModel {
  private readonly trial: TrialModel;

  /**
   * @param trained the adapter, as `train` returned it. Kernels that hold it are made once, where some do.
   * @throws Error where the model predicts no next token, or the adapter does not fit it
   */
  constructor(
    private readonly model: LoadedBase,
    private readonly turn: Turn = undisturbed,
    trained?: Pick<Teacher, 'method' | 'adapter'>,
  ) {
    this.trial = trained ? withAdapter(model, trained) : bareTrial(model);
    try {
      vocabularyTable(model.config, this.trial.access());
    } catch (error) {
      this.trial.dispose();
      throw error;
    }
  }

  /** Tokens that it reads and writes in all, without those that an adapter stands before them. */
  get contextLength(): number {
    const input = modelInput(this.model.config);
    const taken = this.trial.access().sequence?.length ?? 0;
    return input.kind === 'tokens' ? input.contextLength - taken : 0;
  }

  /** Tokens after a prompt of at least one. `ended`: by the end of the text, or where it was enough. */
  async continue(
    prompt: readonly number[],
    { most, temperature, random, ends, enough }: ContinueOptions,
  ): Promise<{ written: number[]; ended: boolean }> {
    const written: number[] = [];
    const past = new KeyValueCache();
    try {
      let next = [...prompt];
      while (written.length < most) {
        await this.turn.pass();
        const logits = await this.logits(next, [next.length - 1], past);
        const token =
          temperature === 0
            ? largestOf(logits.getRow(0))
            : drawn(logSoftmax(logits, temperature).getRow(0), random.uniform());
        if (ends.includes(token)) return { written, ended: true };
        written.push(token);
        if (enough(written)) return { written, ended: true };
        next = [token];
      }
      return { written, ended: false };
    } finally {
      past.dispose();
    }
  }

  /**
   * The sum of log-probabilities of each continuation, of one token or more, after a prompt of one or more. Continuations that
   * differ in their last token alone are one pass.
   */
  async logProbabilities(prompt: readonly number[], continuations: readonly (readonly number[])[]): Promise<number[]> {
    const passes = new Map<string, Matrix>();
    const sums: number[] = [];
    for (const continuation of continuations) {
      const before = continuation.slice(0, -1);
      const key = before.join();
      let logs = passes.get(key);
      if (logs === undefined) {
        await this.turn.pass();
        const positions = Array.from({ length: continuation.length }, (_, offset) => prompt.length - 1 + offset);
        logs = logSoftmax(await this.logits([...prompt, ...before], positions));
        passes.set(key, logs);
      }
      sums.push(continuation.reduce((sum, token, at) => sum + logs.get(at, token), 0));
    }
    return sums;
  }

  dispose(): void {
    this.trial.dispose();
  }

  /** Logits after some positions of a row of tokens. */
  private logits(row: readonly number[], positions: readonly number[], past?: KeyValueCache): Promise<Matrix> {
    const { config } = this.model;
    const input = {
      size: 1,
      sequence: row.length,
      inputs: Int32Array.from(row),
      lengths: Int32Array.of(row.length),
      ...(past && { past }),
    };
    const access = this.trial.access();
    return toMatrix(
      tf.tidy(() =>
        tiedLogits(
          hiddenStates(config, input, access),
          vocabularyTable(config, access),
          Int32Array.from(positions),
          logitCap(config),
        ),
      ),
    );
  }
}

function withAdapter(base: LoadedBase, { method, adapter }: Pick<Teacher, 'method' | 'adapter'>): TrialModel {
  const trial = restore(base, method, adapter);
  if (unmergeable(method, readAdapter(adapter).info.config) === undefined) trial.merge();
  return trial;
}
