/** @file Writes answers of a model: after a prompt it takes the likeliest next token each time. */
import { tiedLogits } from '../engine/logits.js';
import type { ModelConfig } from '../models/config.js';
import { hiddenStates, logitCap, type ModelAccess, vocabularyTable } from '../models/forward.js';
import { KeyValueCache } from '../models/past.js';
import { tf } from '../tensor/tf.js';

export interface DecodeInput {
  config: ModelConfig;
  access: ModelAccess;
  /** Tokens of each prompt, at least one. */
  prompts: readonly ArrayLike<number>[];
  /** Tokens that end what is written. */
  ends: readonly number[];
  /** Most tokens that are written after a prompt, the end included. */
  most: number;
}

/**
 * Greedy decoding of a batch: the tokens after each prompt, up to the end, which is left out, or `most` of them.
 *
 * Prompts may differ in length. As many tokens as the shortest has are read at once; from there on every example is read token
 * by token, its own where it still has some, else what was written: so all are as far on, and there is no padding. It costs a
 * pass of one token for each token of the longest prompt beyond the shortest: prompts of like lengths belong together.
 */
export async function decodeGreedily({ config, access, prompts, ends, most }: DecodeInput): Promise<number[][]> {
  const size = prompts.length;
  const rows = prompts.map((prompt) => Array.from(prompt));
  const written = rows.map((): number[] => []);
  const ended = rows.map(() => false);
  const past = new KeyValueCache();
  try {
    let sequence = Math.min(...rows.map(({ length }) => length));
    while (ended.includes(false)) {
      const read = past.length + sequence;
      const inputs = Int32Array.from(rows.flatMap((row) => row.slice(past.length, read)));
      const input = { size, sequence, inputs, lengths: new Int32Array(size).fill(sequence), past };
      const next = await likeliest(config, input, access);
      rows.forEach((row, example) => {
        if (row.length > read) return;
        const token = next[example]!;
        // An example that has ended is read on, and nobody looks at what it says.
        row.push(token);
        if (ended[example]) return;
        const isEnd = ends.includes(token);
        if (!isEnd) written[example]!.push(token);
        ended[example] = isEnd || written[example]!.length === most;
      });
      sequence = 1;
    }
    return written;
  } finally {
    past.dispose();
  }
}

/** The likeliest token after the last of each example. */
async function likeliest(
  config: ModelConfig,
  input: Parameters<typeof hiddenStates>[1],
  access: ModelAccess,
): Promise<ArrayLike<number>> {
  const last = Int32Array.from({ length: input.size }, (_, example) => (example + 1) * input.sequence - 1);
  const largest = tf.tidy(() => {
    const hidden = hiddenStates(config, input, access);
    return tf.argMax(tiedLogits(hidden, vocabularyTable(config, access), last, logitCap(config)), 1);
  });
  try {
    return await largest.data();
  } finally {
    largest.dispose();
  }
}
