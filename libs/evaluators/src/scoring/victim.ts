/** @file Rankers that may be examined: a finished training, or BM25. */

import {
  type Batch,
  Bm25,
  findObjective,
  gradedTexts,
  type LoadedBase,
  type ObjectiveName,
  type Segmenter,
  type TaskData,
  type Teacher,
  type TextOptions,
  type Turn,
  teacherPlan,
  undisturbed,
} from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { headOf, objectiveOf, placeApart, restore, unsuitable } from '@rankforge/peft/extension';
import type * as tfjs from '@tensorflow/tfjs-core';
import { type Insertion, type Victim } from '../slots/robustness.js';
import { gainsOfTokens, tokenGradients } from './token-gradient.js';

/** Texts of one forward pass. */
export const victimBatch = 16;

/** BM25 over a collection, with Lucene's constants and the words of the data. */
export function bm25Victim(collection: readonly string[], segmenter: Segmenter): Victim {
  const termsOf = (text: string) => segmenter.terms(text, 'none');
  const index = new Bm25(collection, { k1: 1.2, b: 0.75, stopWords: 'none', termsOf });
  return {
    scores: async (query, texts) => Float64Array.from(texts, (text) => index.scoreOf(query, text)),
    async gains({ query, before, text }, words) {
      const score = (inserted: readonly string[]) => index.scoreOf(query, [...inserted, text].join(' '));
      const now = score(before);
      const own = new Set(index.termsOf(query));
      // A word without a term of the query makes the text longer by its terms, whichever these are.
      const longer = new Map<number, number>();
      return Float64Array.from(words, (word) => {
        const terms = index.termsOf(word);
        const isOther = !terms.some((term) => own.has(term));
        const known = isOther ? longer.get(terms.length) : undefined;
        if (known !== undefined) return known;
        const gain = score([...before, word]) - now;
        if (isOther) longer.set(terms.length, gain);
        return gain;
      });
    },
    bounded: (score) => score / (1 + score),
  };
}

/** Why no training for data of an objective scores a query with a text; undefined where one does. */
export function unranked(objective: ObjectiveName): string | undefined {
  const { on, unit } = findObjective(objective);
  return on === 'head' && unit === 'query'
    ? undefined
    : `a ranker scores a query with a text, and the data is for ${objective}`;
}

export interface OpenVictim extends Victim {
  dispose(): void;
}

/** Stands where a word is to be inserted, while the gradient there is taken. */
const PLACEHOLDER = 'the';

/**
 * A finished training as a ranker: its score of a query with a text is the output of its head.
 *
 * @param options of texts, as the ranker was trained to read them
 * @param base of the same tokenizer, as the data was made for
 * @throws Error where the data has no queries with rows, or naming what of the training does not fit it
 */
export function trainedVictim(
  { model, method, adapter }: Teacher,
  { base, data, options, turn = undisturbed }: { base: LoadedBase; data: TaskData; options: TextOptions; turn?: Turn },
): OpenVictim {
  const plan = teacherPlan({ model, method, adapter });
  const reason = unranked(data.objective) ?? unsuitable(plan, { model: base.config, ...headOf(data) });
  if (reason !== undefined) throw new Error(reason);
  const trial = restore(model, method, adapter);
  const objective = objectiveOf(data.objective);
  const { config } = model;
  const batchOf = (query: string, texts: readonly string[]): Batch =>
    gradedTexts([{ query, rows: texts.map((text) => ({ text, grade: 0 })) }], options).batch([0]);

  async function gains({ query, before, text }: Insertion, words: readonly string[]): Promise<Float64Array> {
    await turn.pass();
    const batch = batchOf(query, [[...before, PLACEHOLDER, text].join(' ')]);
    const framed = options.frame?.before.length ?? 0;
    const place = framed + options.encode([query, before.join(' ')].join('\n')).length;
    const access = trial.access();
    const at = await tokenGradients(
      access,
      batch.sequence,
      (own) => tf.sum(objective.logits(config, batch, own, 1)) as tfjs.Scalar,
    );
    const read = Math.min(place, batch.lengths[0]! - 1);
    const [byToken] = await gainsOfTokens(access, config, [
      at(access.apart ? placeApart(read, batch, access.apart) : read),
    ]);
    return Float64Array.from(words, (word) => {
      const tokens = Array.from(options.encode(` ${word}`));
      return tokens.reduce((sum, token) => sum + byToken![token]!, 0) / Math.max(1, tokens.length);
    });
  }

  return {
    async scores(query, texts) {
      const scores = new Float64Array(texts.length);
      for (let start = 0; start < texts.length; start += victimBatch) {
        await turn.pass();
        const batch = batchOf(query, texts.slice(start, start + victimBatch));
        scores.set(await objective.read(config, batch, trial.access()), start);
      }
      return scores;
    },
    gains,
    bounded: (score) => 1 / (1 + Math.exp(-score)),
    dispose: () => trial.dispose(),
  };
}
