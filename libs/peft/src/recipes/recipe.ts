/**
 * @file A recipe, which is what training does around a method, as a record: which examples it sees, beside which negatives, which loss it
 * takes, and what it is made robust to. Without one a training takes the examples of its task and the loss of its objective. Who trains, predicts memory
 * or checks a request reads the record; nobody asks for its name.
 */

import type { Matrix } from 'ml-matrix';
import type { z } from 'zod';
import { type ModelConfig, modelInput } from '../models/config.js';
import type { Batch, Split } from '../objectives/data.js';
import type { Objective } from '../objectives/objective.js';
import type { NumbersOf } from '../slots/numbers.js';
import type { Evidence, Paper } from '../slots/reference.js';
import type { Random } from '../tensor/random.js';
import type { Segmenter } from '../text/segmenter.js';

/** Numbers that a recipe keeps from step to step, by names of its own. A checkpoint holds them. */
export type RecipeState = Readonly<Record<string, Float32Array>>;

/** Texts that a generator writes before the first step, for examples to be made of. */
export interface WritingPart<Config> {
  /** Whether a generator is asked with this configuration. */
  asks(config: Config): boolean;
  /** The change of a setting by which none is asked, for people. */
  otherwise: string;
  /** Most words of a prompt. */
  words(config: Config): number;
  /** Most tokens of a text. */
  tokens(config: Config): number;
  /** Why what is written has no place on a base, with the settings to change; undefined where it has one. */
  unplaced?(config: Config, places: VectorPlaces): string | undefined;
  /** @param random draws as that of `ExamplesPart.of` does */
  prompts(train: Split, config: Config, random: Random, facts?: ExampleFacts): readonly string[];
}

/** Vectors of a base, and how many of these are of users and items. */
export interface VectorPlaces {
  vectors: number;
  entities: number;
}

/** Texts that were asked for, in the order of the prompts. */
export interface AskedTexts {
  texts: readonly string[];
  /** Told of each text that an example is made of, by its place, and how the text was read, in words. */
  took(place: number, as: string): void;
}

/** Facts that examples may follow from, besides those of the task. */
export interface ExampleFacts {
  /** Vectors of the base, where it is a table of vectors. */
  vectors?: number;
  /** How texts of the data fall apart into words. Absent: at white space. */
  segmenter?: Segmenter;
  /** Absent where no generator was asked. */
  asked?: AskedTexts;
}

/** The examples that a training sees, made of those of its task before the first step. */
export interface ExamplesPart<Config> {
  /** Absent: no generator is ever asked. */
  writing?: WritingPart<Config>;
  /**
   * @param random a stream of the trial for this alone
   */
  of(train: Split, config: Config, random: Random, facts?: ExampleFacts): Split;
}

/** How many examples are chosen, among which, and for what. */
export interface SelectSettings {
  /** Share of the training split; undefined: the choice itself says how many. */
  share: number | undefined;
  /** Examples that are looked at, drawn at random; undefined: all. */
  candidates: number | undefined;
  /** Most examples of the target, drawn at random; undefined: no target is looked at. */
  targets: number | undefined;
  /** The target is the examples of the validation split that have this class, and this value of a field. */
  class: number | undefined;
  field: { name: string; value: string } | undefined;
}

/** Examples that are chosen from, or for. */
export interface SelectionSide {
  size: number;
  /** Real tokens of each example, all of its rows one after another. */
  tokens(): Int32Array[];
  /** `[size, directions]` gradients of their losses, projected; absent where the recipe asks for none. */
  gradients?: Matrix;
}

export interface SelectionInput<Config> {
  candidates: SelectionSide;
  targets: SelectionSide;
  /** Examples to choose; all candidates where the choice itself says how many. */
  count: number;
  config: Config;
  random: Random;
}

/**
 * A choice of the examples that are trained on, for a target, before the first step. By gradients it costs a forward and a backward
 * pass for each candidate and each example of the target, and the steps of a training that warms up.
 */
export interface SelectPart<Config> {
  settings(config: Config): SelectSettings;
  /** Random directions that gradients of so many examples are projected on; absent: none are taken, and the model is not run. */
  directions?(config: Config, examples: number): number;
  /** Steps of a training of its own after which gradients are taken. Default 0. */
  warmup?(config: Config): number;
  /** @returns indices of candidates, in any order */
  choose(input: SelectionInput<Config>): readonly number[];
  /** Cost of the transport from the chosen to the target; absent where the choice does not say. */
  distance?(input: SelectionInput<Config>, chosen: readonly number[]): number;
}

/** Facts of a batch whose loss is taken. */
export interface LossInput<Config> {
  /** Outputs of the head, row by row. */
  outputs: Float32Array;
  batch: Batch;
  config: Config;
  state: RecipeState;
}

export interface LossTerm {
  /** Sum of the terms of the batch. */
  value: number;
  /** Its gradient, an entry for each output. */
  gradient: Float32Array;
  /** Facts of the batch that `advance` makes the next state of. */
  noted?: RecipeState;
}

/**
 * A loss in the place of the objective's. It is found on the host, between the forward and the backward pass, from outputs that are few: a
 * number for each row, or its embedding. No further pass is made for it, and what it holds on the device are the outputs.
 */
export interface LossPart<Config> {
  /** State before the first step; omitted where there is none. @param train examples that the training sees */
  start?(config: Config, train: Split): RecipeState;
  /** How many terms of a batch the loss is the mean of. */
  count(input: Omit<LossInput<Config>, 'outputs'>): number;
  evaluate(input: LossInput<Config>): LossTerm;
  /** State of the next step, from what the batches of this one noted. */
  advance?(state: RecipeState, noted: readonly RecipeState[], config: Config): RecipeState;
  /** Numbers about the state when training has ended, for the trial's result; see `RecipeReport`. */
  report?(state: RecipeState, config: Config): RecipeReport;
}

/** What a training with a recipe found, beside its adapter. */
export interface RecipeReport {
  /** Chances that a place of a list is looked at, over that of the first place. */
  propensities?: { estimated: number[]; true: number[] };
  /** Share of comparisons in which a query that was read with more feedback lost more than with less. */
  feedbackDrift?: number;
  /** Texts that were encoded to search, beside those of steps and scores. */
  encodedTexts?: number;
  /** Share of the documents nearest to a query that an index finds. Absent: all were compared. */
  indexRecall?: number;
  /** The training examples that were chosen, by their indices, and what they are made of: of each field, of the class among them, the share of each value. */
  selection?: { examples: number[]; of: number; shares: Record<string, Record<string, number>> };
  /** Examples whose loss was differentiated to choose, beside those of steps. */
  selectionGradients?: number;
  /** Cost to transport the chosen examples to those of the target, from 0 to 2. */
  transportCost?: number;
}

/**
 * A search for the worst that may be added to what blocks put out, token by token within a ball, and a loss of it beside the plain one:
 * `(1 − weight) · loss(clean) + weight · loss(perturbed)`. It costs a forward and a backward pass for each of its steps, with the model
 * frozen, and one more of either for the perturbed loss.
 */
export interface PerturbPart<Config> {
  /** Places where something is added: 0 is the embedding, others the blocks before them. */
  places(config: Config, blocks: number): readonly number[];
  /** The most that is added to a token, by its length; 0: nothing is searched for, and training is plain. */
  radius(config: Config): number;
  /** Steps of the search. */
  steps(config: Config): number;
  /** Length of a step, as a share of the radius. */
  rate(config: Config): number;
  /** The class that is searched towards; undefined: away from what is right. */
  toward(config: Config): number | undefined;
  weight(config: Config): number;
}

/**
 * Documents that stand in a batch as negatives of its queries, in the place of those that the data has: drawn anew at every step, and none
 * that is relevant. Where they are drawn from what the model ranks first, the corpus and all queries are encoded to find that.
 */
export interface NegativesPart<Config> {
  /** Negatives of each query. */
  count(config: Config): number;
  /** How many that the model ranks first they are drawn from; undefined: they are drawn from the whole corpus, and nothing is searched for. */
  first(config: Config): number | undefined;
  /** Steps after which the model searches anew; undefined: it does so once, before the first step. */
  every(config: Config): number | undefined;
}

/**
 * Queries alone are trained. All documents are encoded once, by the model as it is before training; the loss compares queries with these,
 * and so do scores. The values before training are held beside those that are trained, and the adapter has both.
 */
export interface FixedPart<Config> {
  /** Ways in which each query of a batch is read, a row each. */
  readings(config: Config): number;
  /** Most documents that are added to a query, of those that the model before training ranks first; as many where it is scored. */
  feedback(config: Config): number;
  /** How many are added in each reading, drawn anew for each query and step. */
  sizes(config: Config, random: Random): number[];
  /** Its loss reads the documents that stand first of a query alone: of many an index finds them. Absent: it reads all. */
  first?: true;
}

/**
 * How a query is asked where a corpus is searched: its embedding is made of those of parts of its text. Training reads queries as they
 * are; validation and scores ask so, and the adapter names the recipe, so that whoever scores it does.
 */
export interface AskPart<Config> {
  /** Texts that are encoded in the place of a query, at least one. */
  parts(query: string, config: Config): string[];
  /** The vector that documents are compared with. It need not have length 1: of one query all similarities scale alike. @param parts their embeddings */
  embedding(parts: readonly Float32Array[], config: Config): Float32Array;
}

/** Facts that decide whether a recipe can be followed at all. */
export interface RecipeRequest {
  objective: Objective;
  /** Blocks of the model, where it is known. */
  blocks?: number;
  /** Classes of the task, where it has any and they are known. */
  classes?: number | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds recipes of all configurations.
export interface Recipe<Config = any> {
  /** Registry name; the name of the file. */
  name: string;
  title: string;
  /** One sentence for people: what it does. */
  summary: string;
  paper?: Paper;
  evidence: Evidence;
  config: z.ZodObject;
  /** Version of its numbers in such a trial: see `Method.numbers`. Default: 1. */
  numbers?(of: NumbersOf<Config>): number;
  /** Why it cannot be followed, as the rest of a sentence that begins with its name; undefined where it can. */
  unfit?(request: RecipeRequest, config: Config): string | undefined;
  examples?: ExamplesPart<Config>;
  select?: SelectPart<Config>;
  loss?: LossPart<Config>;
  perturb?: PerturbPart<Config>;
  negatives?: NegativesPart<Config>;
  fixed?: FixedPart<Config>;
  ask?: AskPart<Config>;
}

/** Types the parts by the schema. */
export const defineRecipe = <Schema extends z.ZodObject>(
  record: Recipe<z.output<Schema>> & { config: Schema },
): Recipe => record;

/** A recipe that a training follows, with its configuration, parsed. */
export interface Followed {
  recipe: Recipe;
  config: unknown;
}

/** A recipe with its configuration, parsed. @throws ZodError */
export const followed = (recipe: Recipe, config: unknown = {}): Followed => ({
  recipe,
  config: recipe.config.parse(config),
});

/** Texts that a recipe has written before the first step; undefined where it asks no generator. */
export function askedTextsOf(followed: Followed | undefined) {
  const writing = followed?.recipe.examples?.writing;
  if (!writing?.asks(followed!.config)) return undefined;
  const { config } = followed!;
  return {
    otherwise: writing.otherwise,
    words: writing.words(config),
    tokens: writing.tokens(config),
    unplaced: (places: VectorPlaces) => writing.unplaced?.(config, places),
    prompts: (train: Split, random: Random, facts?: ExampleFacts) => writing.prompts(train, config, random, facts),
  };
}

/** How many vectors a base has that is a table of them; undefined of any other. */
export function vectorsOf(model: ModelConfig): number | undefined {
  const input = modelInput(model);
  return input.kind === 'fields' && input.cardinalities.length === 1 ? input.cardinalities[0] : undefined;
}

/** Rows of a unit in a batch of a training that follows a recipe, at most; `own` are those of the data. */
export function unitRowsOf<Own extends number | undefined>(followed: Followed | undefined, own: Own): number | Own {
  const { negatives, fixed } = followed?.recipe ?? {};
  // A query and its document, or the ways in which the query is read.
  if (negatives) return 2 + negatives.count(followed!.config);
  return fixed ? fixed.readings(followed!.config) : own;
}

/** What a recipe perturbs in a model; undefined where it perturbs nothing. */
export function attackOf(followed: Followed | undefined, blocks: number) {
  const { perturb } = followed?.recipe ?? {};
  if (!perturb || perturb.radius(followed!.config) === 0) return undefined;
  const { config } = followed!;
  return {
    places: perturb.places(config, blocks),
    radius: perturb.radius(config),
    steps: perturb.steps(config),
    rate: perturb.rate(config),
    toward: perturb.toward(config),
    weight: perturb.weight(config),
  };
}

export type Attack = NonNullable<ReturnType<typeof attackOf>>;
