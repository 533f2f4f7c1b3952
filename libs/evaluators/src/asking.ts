/** @file Facts of an evaluator that plans need: whom it asks, which training it takes, and whether it encodes texts. */
import { type Contender, partOf } from './evaluator.js';
import type { AnswererPart } from './slots/answerer.js';
import type { AskingPart, TakenTraining } from './slots/asking.js';
import type { RerankerPart } from './slots/reranker.js';
import type { RobustnessPart } from './slots/robustness.js';
import type { SummarizerPart } from './slots/summarizer.js';
import type { VisibilityPart } from './slots/visibility.js';

/** The part by which an evaluator examines a model that is there: a ranker, or one that recommends. */
export const examinationOf = (contender: Contender): RobustnessPart | VisibilityPart | undefined =>
  partOf(contender, 'robustness') ?? partOf(contender, 'visibility');

/** The part by which an evaluator asks somebody, where it is a procedure. */
export const procedureOf = (contender: Contender): RerankerPart | AnswererPart | SummarizerPart | undefined =>
  partOf(contender, 'reranker') ?? partOf(contender, 'answerer') ?? partOf(contender, 'summarizer');

/** The part by which an evaluator may ask a generator. */
export const askingPartOf = (contender: Contender): AskingPart | undefined =>
  procedureOf(contender) ?? partOf(contender, 'robustness');

/** Whether a configuration asks a generator. */
export const asksGenerator = (contender: Contender, config: unknown): boolean =>
  askingPartOf(contender)?.generates(config) === true;

/** How an evaluator takes a finished training, where some of its configurations do: a request names that as its teacher. */
export const takenTrainingOf = (contender: Contender): TakenTraining | undefined =>
  (partOf(contender, 'reranker') ?? examinationOf(contender))?.training;

/** Whether some configurations examine a finished training or have one judge. */
export const mayAskTraining = (contender: Contender): boolean => takenTrainingOf(contender) !== undefined;

/** Whether this configuration examines a finished training or has one judge. */
export const asksTraining = (contender: Contender, config: unknown): boolean =>
  examinationOf(contender)?.victim(config) === 'trained' || partOf(contender, 'reranker')?.trained(config) === true;

/** Most words of a text that the base of the trial encodes for a configuration; 0: it encodes none. */
export const encodedWords = (contender: Contender, config: unknown): number =>
  partOf(contender, 'answerer')?.encodes?.(config) ?? 0;
