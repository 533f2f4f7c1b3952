/** @file Slot of an audit of a model that recommends: a text in one product of a catalogue, and what becomes of that product's place. */

import type { Random } from '@rankforge/peft';
import type { Around, PromptedCatalogue } from '@rankforge/peft/extension';
import type { TakenTraining } from './asking.js';

/** A language model that recommends products of a catalogue in its prompt. Each prompt is a question to it. */
export interface Recommender {
  /** The likeliest answer to each prompt. */
  write(prompts: readonly string[]): Promise<string[]>;
  /** The mean cross-entropy of the tokens of an answer after each prompt. */
  losses(prompts: readonly string[], answer: string): Promise<Float64Array>;
  /** The change of that loss, to first order, for each place of an inserted text and each token there: what only the owner of the weights can ask. */
  gains(place: Around, tokens: readonly number[], answer: string): Promise<Float32Array[]>;
  /** Tokens that a text may be made of: printable, and with nothing that would end a field of JSON. */
  readonly allowed: readonly number[];
  textOf(tokens: readonly number[]): string;
  /** Tokens of a text. */
  tokensOf(text: string): number[];
  /** Whether a prompt has these tokens where they are put, as tokens run into each other otherwise. */
  keeps(place: Around, tokens: readonly number[]): boolean;
}

/** A product that a text is written for. */
export interface Campaign<C> {
  config: C;
  catalogue: PromptedCatalogue;
  /** Index of the product. */
  target: number;
  /** The beginning of an answer that names it first. */
  answer: string;
  /** The model as an attacker asks it: each question is counted, and there are no more than the part says. */
  victim: Recommender;
  /** A stream of the trial's seed and the catalogue. */
  random: Random;
}

export interface VisibilityPart<C = unknown> {
  kind: 'visibility';
  /** The text that is put into the product; empty: nothing is. */
  text(campaign: Campaign<C>): Promise<string>;
  /** Most catalogues of a split that are audited, the first ones. */
  queries(config: C): number;
  /** Whether the model is a finished training, which the trial names as its teacher, or the base of the sweep. */
  victim(config: C): 'trained' | 'base';
  training: TakenTraining;
  /** Most questions to the model for one split. */
  questions(config: C): number;
  /** The product: its name, or `last`, which the model recommends last. */
  target(config: C): string;
  /** Random orders of the products in which what was found is tried. */
  orders(config: C): number;
}
