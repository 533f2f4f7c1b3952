/** @file Facts of an evaluator that plans need: whom it asks, which training it takes, and whether it encodes texts. */
import type {
  AnswererPart,
  AskingPart,
  Method,
  RerankerPart,
  RobustnessPart,
  SummarizerPart,
  TakenTraining,
  VisibilityPart,
} from '@rankforge/peft';
import type { z } from 'zod';

/** Facts of an examination that plans need, whatever is examined. */
type Examining<C> = Pick<RobustnessPart<C> | VisibilityPart<C>, 'queries' | 'victim' | 'training' | 'questions'>;

/** The part by which an evaluator examines a model that is there: a ranker, or one that recommends. */
export const examinationOf = <S extends z.ZodType>({
  robustness,
  visibility,
}: Pick<Method<S>, 'robustness' | 'visibility'>): Examining<z.infer<S>> | undefined => robustness ?? visibility;

/** The part by which an evaluator asks somebody, where it is a procedure. */
export const procedureOf = <S extends z.ZodType>({
  reranker,
  answerer,
  summarizer,
}: Pick<Method<S>, 'reranker' | 'answerer' | 'summarizer'>):
  | RerankerPart<z.infer<S>>
  | AnswererPart<z.infer<S>>
  | SummarizerPart<z.infer<S>>
  | undefined => reranker ?? answerer ?? summarizer;

/** The part by which an evaluator may ask a generator. */
export const askingPartOf = <S extends z.ZodType>({
  robustness,
  ...method
}: Pick<Method<S>, 'reranker' | 'answerer' | 'summarizer' | 'robustness'>): AskingPart<z.infer<S>> | undefined =>
  procedureOf(method) ?? robustness;

/** Whether a configuration asks a generator. */
export const asksGenerator = <S extends z.ZodType>(
  method: Pick<Method<S>, 'reranker' | 'answerer' | 'summarizer' | 'robustness'>,
  config: z.infer<S>,
): boolean => askingPartOf(method)?.generates(config) === true;

/** How an evaluator takes a finished training, where some of its configurations do: a request names that as its teacher. */
export const takenTrainingOf = <S extends z.ZodType>({
  reranker,
  ...method
}: Pick<Method<S>, 'robustness' | 'visibility' | 'reranker'>): TakenTraining | undefined =>
  (reranker ?? examinationOf(method))?.training;

/** Whether some configurations examine a finished training or have one judge. */
export const mayAskTraining = (method: Pick<Method, 'robustness' | 'visibility' | 'reranker'>): boolean =>
  takenTrainingOf(method) !== undefined;

/** Whether this configuration examines a finished training or has one judge. */
export const asksTraining = <S extends z.ZodType>(
  method: Pick<Method<S>, 'robustness' | 'visibility' | 'reranker'>,
  config: z.infer<S>,
): boolean => examinationOf(method)?.victim(config) === 'trained' || method.reranker?.trained(config) === true;

/** Most words of a text that the base of the trial encodes for a configuration; 0: it encodes none. */
export const encodedWords = <S extends z.ZodType>(
  { answerer }: Pick<Method<S>, 'answerer'>,
  config: z.infer<S>,
): number => answerer?.encodes?.(config) ?? 0;
