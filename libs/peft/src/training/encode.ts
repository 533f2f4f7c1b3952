/** @file Embeddings of texts by a base model as it is: the mean over the tokens of its last hidden states, of length 1. */

import { encodedTexts } from '../data/labelled.js';
import type { TextOptions } from '../data/text.js';
import type { LoadedBase } from '../models/base.js';
import { objectiveOn } from '../objectives/registry.js';
import { bareTrial } from './bare-trial.js';
import { objectiveOf } from './loss.js';
import { encodedAtATime } from './search.js';
import { type Turn, undisturbed } from './turns.js';

/** Embeddings of texts, of length 1. */
export type Encode = (texts: readonly string[]) => Promise<Float32Array[]>;

/** Units whose rows are encoded at a time. */
export const unitsAtATime = 8;
const textsAtATime = encodedAtATime(unitsAtATime);

/**
 * Encodes texts with a base that stays the caller's. A text that is longer than `sequenceLength` tokens is cut.
 *
 * @param tokenizer how the base reads texts
 */
export function textEncoder(
  model: LoadedBase,
  tokenizer: TextOptions,
  turn: Turn = undisturbed,
): { encode: Encode; dispose(): void } {
  const trial = bareTrial(model);
  const { read } = objectiveOf(objectiveOn('embedding').name);
  return {
    dispose: () => trial.dispose(),
    async encode(texts) {
      const { batch } = encodedTexts(
        texts.map((text) => ({ text })),
        tokenizer,
        () => ({ targets: new Int32Array(0) }),
      );
      const found: Float32Array[] = [];
      for (let start = 0; start < texts.length; start += textsAtATime) {
        await turn.pass();
        const rows = texts.slice(start, start + textsAtATime).map((_, at) => start + at);
        const values = await read(model.config, batch(rows), trial.access());
        const width = values.length / rows.length;
        for (let row = 0; row < rows.length; row++) found.push(values.slice(row * width, (row + 1) * width));
      }
      return found;
    },
  };
}
