/** @file Models that recommend and may be audited: a finished training, or a base as it is. */

import {
  type Batch,
  type LoadedBase,
  type ModelConfig,
  type TaskData,
  type Teacher,
  type TextOptions,
  type Turn,
  teacherPlan,
  undisturbed,
} from '@rankforge/peft';
import {
  type Around,
  bareTrial,
  decodeGreedily,
  filled,
  headOf,
  objectiveOf,
  promptedSplit,
  restore,
  type TrialModel,
  unsuitable,
  vocabularySize,
  vocabularyTable,
} from '@rankforge/peft/extension';
import type * as tfjs from '@tensorflow/tfjs-core';
import { type Recommender } from '../slots/visibility.js';
import { gainsOfTokens, tokenGradients } from './token-gradient.js';

/** Prompts of one forward pass. */
export const recommenderBatch = 16;

export interface OpenRecommender extends Recommender {
  dispose(): void;
}

interface Reading {
  data: TaskData;
  /** How prompts are read, as the model was trained to. */
  options: TextOptions;
  turn?: Turn;
}

/**
 * A finished training that recommends.
 *
 * @param base of the same tokenizer, as the data was made for
 * @throws Error naming what of the training does not fit the data
 */
export function trainedRecommender(
  { model, method, adapter }: Teacher,
  { base, ...reading }: Reading & { base: LoadedBase },
): OpenRecommender {
  const reason = unsuitable(teacherPlan({ model, method, adapter }), { model: base.config, ...headOf(reading.data) });
  if (reason !== undefined) throw new Error(reason);
  return recommender(model.config, restore(model, method, adapter), reading);
}

/** A base that recommends as well as it can. @throws Error where it predicts no next token */
export function baseRecommender(model: LoadedBase, reading: Reading): OpenRecommender {
  const trial = bareTrial(model);
  vocabularyTable(model.config, trial.access());
  return recommender(model.config, trial, reading);
}

function recommender(
  config: ModelConfig,
  trial: TrialModel,
  { data, options, turn = undisturbed }: Reading,
): OpenRecommender {
  const { writing } = data;
  if (writing === undefined)
    throw new Error(`a model that writes is audited, and the data of ${data.objective} has no answers`);
  const objective = objectiveOf(data.objective);
  const encode = (text: string): number[] => Array.from(options.encode(text));
  const before = options.frame?.before ?? [];
  const room = options.sequenceLength + 1 - writing.tokens;

  /** @throws RangeError where the model cannot read all of it: the catalogue would lose its beginning */
  function read(prompt: string): number[] {
    const tokens = [...before, ...encode(prompt)];
    if (tokens.length <= room) return tokens;
    throw new RangeError(
      `a catalogue with its text has ${tokens.length} tokens, and ${room} are read beside an answer of ${writing!.tokens}: ` +
        'shorten the text or the products, or raise training.sequenceLength',
    );
  }

  /** Rows of prompts with an answer, of which the answer counts. */
  function batchOf(prompts: readonly (readonly number[])[], answer: string): Batch {
    const answered = encode(answer).slice(0, writing!.tokens);
    const sequence = Math.max(...prompts.map(({ length }) => length)) + answered.length - 1;
    const split = promptedSplit(prompts, sequence, (prompt) => ({
      tokens: Int32Array.from([...prompt, ...answered]),
      prompt: prompt.length,
    }));
    return split.batch(prompts.map((_, at) => at));
  }

  /** The tokens of a prompt with some put into it, side by side. */
  const beside = (place: Around, tokens: readonly number[]): number[] => [
    ...before,
    ...encode(place.before),
    ...tokens,
    ...encode(place.after),
  ];

  const textOf = (tokens: readonly number[]): string => writing.decode(tokens);
  return {
    allowed: printable(config, textOf),
    textOf,
    tokensOf: encode,
    async write(prompts) {
      const answers: string[] = [];
      for (let start = 0; start < prompts.length; start += recommenderBatch) {
        await turn.pass();
        const batch = prompts.slice(start, start + recommenderBatch).map(read);
        const { end, ends = [end], tokens: most } = writing;
        const written = await decodeGreedily({ config, access: trial.access(), prompts: batch, ends, most });
        answers.push(...written.map(textOf));
      }
      return answers;
    },
    async losses(prompts, answer) {
      const losses = new Float64Array(prompts.length);
      for (let start = 0; start < prompts.length; start += recommenderBatch) {
        await turn.pass();
        const batch = batchOf(prompts.slice(start, start + recommenderBatch).map(read), answer);
        losses.set((await objective.score(config, batch, trial.access(), data)).loss!, start);
      }
      return losses;
    },
    async gains(place, tokens, answer) {
      await turn.pass();
      const prompt = beside(place, tokens);
      read(filled(place, textOf(tokens)));
      const batch = batchOf([prompt], answer);
      const access = trial.access();
      const at = await tokenGradients(
        access,
        batch.sequence,
        (own) => objective.loss(config, batch, own, objective.count(batch)) as tfjs.Scalar,
      );
      const first = before.length + encode(place.before).length;
      return gainsOfTokens(
        access,
        config,
        tokens.map((_, offset) => at(first + offset)),
      );
    },
    keeps(place, tokens) {
      const apart = beside(place, tokens);
      const together = [...before, ...encode(filled(place, textOf(tokens)))];
      return together.length === apart.length && together.every((token, index) => token === apart[index]);
    },
    dispose: () => trial.dispose(),
  };
}

/** Characters of ASCII that end no field of JSON, and not blanks alone. */
const PRINTABLE = /^(?=.*[^ ])[ !#-[\]-~]+$/;

/** A mark that a tokenizer has besides words, such as the end of a text. */
const MARK = /^<.+>$/;

function printable(config: ModelConfig, textOf: (tokens: readonly number[]) => string): number[] {
  return Array.from({ length: vocabularySize(config) }, (_, token) => token).filter((token) => {
    const text = textOf([token]);
    return PRINTABLE.test(text) && !MARK.test(text);
  });
}
