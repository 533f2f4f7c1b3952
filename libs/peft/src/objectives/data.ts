/** @file The data that a trainer reads. Tasks make these; the trainer knows nothing of where they come from. */
import type { QueryTokens } from '../models/apart.js';
import type { GroundedQuestion } from '../text/question.js';
import type { Segmenter } from '../text/segmenter.js';

/** A query with the texts that are ranked for it, in the order of its rows; of every query the same list where a corpus is searched. */
export interface RankedTexts {
  query: string;
  rows: readonly string[];
}

/** Rows of a unit as somebody was shown them, the first place first. */
export interface ShownList {
  /** Rows, counted within their unit. */
  rows: Uint16Array;
  /** By place: 1 where it was clicked, or the chance of that. */
  clicks: Float32Array;
}

/** The documents that stand nearest to a vector, about the nearest first: an index may miss some. */
export type FirstDocuments = (vector: Float32Array, most: number) => readonly number[];

/** All documents of a corpus as they were encoded once, with those that the units of a batch are to find. */
export interface FixedDocuments {
  /** At length 1, one after another. */
  vectors: Float32Array;
  /** By unit: documents that are relevant to it, by their indices. */
  relevant: readonly (readonly { document: number; grade: number }[])[];
  /** Where there are too many to compare each with every query; absent: they are compared. */
  first?: FirstDocuments | undefined;
}

/** `size` rows, row-major: of `sequence` tokens each, or one image, one row of fields or one of features each. */
export interface Batch {
  size: number;
  /** Tokens of a row; 0 for images, fields and features. */
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /** `[size, height, width, channels]` in 0 … 1, for images; absent for text. */
  pixels?: Float32Array;
  /** `[size, fields]`: an id of each field; absent where examples are something else. */
  fields?: Int32Array;
  /** `[size, features]`: numbers of each row; absent where examples are something else. */
  features?: Float32Array;
  /**
   * `[size, sequence]` next-token ids, −1 where the loss does not count; or `[size]` class ids; or `[size]` 1 where it happened,
   * else 0. Empty where the answers are `values`.
   */
  targets: Int32Array;
  /** `[size]` numbers to predict, in the unit of `DataFacts.unit`; or grades of rows. */
  values?: Float32Array;
  /** Rows of each unit, one unit after another; absent where every row is one. */
  groups?: Int32Array;
  /** Where rows are a query and a text after it: the tokens of either. Absent: they are something else. */
  queries?: QueryTokens;
  /** `[size]` 1 for rows that a search did not find: they are learned from, and stand in no order that is scored. Absent: none. */
  lost?: Uint8Array;
  /**
   * `[units, documents]` 1 where a document is not compared with a query that it stands in no list of: one that is relevant to it too, or
   * its own once more. Units are then a query and its documents, and `targets` names the document of each to be found. Absent: none.
   */
  excluded?: Uint8Array;
  /** `[units]` 1 where nobody observed what the unit says: a recipe made it. Absent: none. */
  made?: Uint8Array;
  /** Where documents are fixed and units are readings of a query: the documents that these are compared with. Absent: those of the batch. */
  fixed?: FixedDocuments;
  /** Lists that were shown of each unit, where clicks take the place of grades; absent: there are none. */
  shown?: readonly (readonly ShownList[])[];
  /** `[size]` number of real tokens of each row; the rest is padding at the end. */
  lengths: Int32Array;
}

/** A user and the item that he or she took, by their places. */
export interface TakenItem {
  user: number;
  item: number;
  /** Present where nobody observed it: the item that the user is said to like less, which is the one that it is compared with. */
  less?: number;
}

/** Interactions of a training split, of which a recipe may make others. */
export interface TakenItems {
  users: number;
  items: number;
  pairs: readonly TakenItem[];
  /**
   * The split of other interactions of the same users and items.
   *
   * @param words names of what else has a vector of the base: word `w` is user `users + items + w`, and item `items + w`
   */
  of(pairs: readonly TakenItem[], words?: readonly string[]): Split;
}

/** Documents that are searched. */
export interface Corpus {
  size: number;
  /** Assembles the documents at these indices, a row each. */
  batch(indices: readonly number[]): Batch;
  /** Words of the documents: baselines read no tokens. */
  texts: readonly string[];
}

/** Queries of the units of a split, for which a corpus is searched. */
export interface Searches {
  /** Rows that training reads of a unit at most, its query among them. */
  unitRows: number;
  /** Assembles the queries of these units, a row each. */
  batch(indices: readonly number[]): Batch;
  /** Assembles units as the split does, with these documents of each in the place of its own negatives. */
  beside(indices: readonly number[], negatives: readonly (readonly number[])[]): Batch;
  /** Assembles readings of the queries of these units: of each a row for every list of documents, whose texts follow the query. */
  readings(indices: readonly number[], added: readonly (readonly (readonly number[])[])[]): Batch;
  /** Assembles texts as queries are read, a row each; absent where queries are no texts. */
  texts?(texts: readonly string[]): Batch;
  /** Documents that are relevant to the unit at this index, by their indices in the corpus, with their grades. */
  relevant(index: number): readonly { document: number; grade: number }[];
  /** Documents that stand in no order of the unit at this index: a user had them before. Absent: there are none. */
  barred?(index: number): readonly number[];
  /** The split of the first of its queries and of further ones, each of which finds a document of the corpus. Absent: units have no words. */
  with?(real: number, further: readonly { query: string; document: number }[]): Split;
}

/** Questions of the units of a split, for a model that writes its answers. */
export interface Questions {
  /** Tokens of the prompt of the unit at this index, as a batch has them before the completion. */
  prompt(index: number): Int32Array;
  /** Answers that are right. Training learns the first. */
  right(index: number): readonly string[];
  /** The whole prompt of the unit at this index in words; undefined where it was given as tokens. Absent: none has any. */
  text?(index: number): string | undefined;
  /** The question of the unit at this index in words, and what of the documents its answer follows from. Absent: no documents are searched. */
  grounded?(index: number): GroundedQuestion;
}

/** How answers are written. */
export interface Writing {
  /** Most tokens of an answer, the end included; prompts leave room for as many. */
  tokens: number;
  /** The token that ends an answer that is learned. */
  end: number;
  /** All tokens that end one that is written. Default: `end` alone. */
  ends?: readonly number[];
  /** The text of tokens. */
  decode(tokens: readonly number[]): string;
}

/** How much of an example is read at the length of its split. */
export interface ReadLength {
  /** Tokens of a row, special ones among them, at which nothing of it is cut. */
  whole: number;
  /** Tokens that are left out. */
  cut: number;
  /** Tokens that the loss counts on, where none is left out; 0 where it counts on none of the text. */
  learned: number;
  /** The number of them that are left out. */
  unlearned: number;
}

/** An indexable part of a data set. The trainer chooses the order. */
export interface Split {
  /** Number of units. */
  size: number;
  /** Assembles the units at these indices. */
  batch(indices: readonly number[]): Batch;
  /**
   * The answers of the units at these indices, as a batch has it, without their inputs being assembled. Omitted where it is
   * cheap to assemble them.
   */
  answers?(indices: readonly number[]): Pick<Batch, 'targets' | 'values' | 'lost'>;
  /** How much is read of the rows of the unit at this index. Absent: nothing of a unit can be cut. */
  lengths?(index: number): readonly ReadLength[];
  /** Where answers are written. */
  questions?: Questions;
  /** Words of its units, where these are queries with rows or with a corpus: baselines read no tokens. */
  queries?: readonly RankedTexts[];
  /** Where units are scored by searching a corpus. */
  searches?: Searches;
  /** Where units are interactions that are trained on. */
  taken?: TakenItems;
  /** True chances that a place of a list is looked at, over that of the first, where `shown` was simulated. */
  looks?: readonly number[];
  /** Values of fields that are no input, one of each unit, such as where it came from: a federation divides units by one. */
  fields?: Readonly<Record<string, readonly string[]>>;
}

/** Facts of a data set, besides its examples, that an objective may know. */
export interface DataFacts {
  /** Number of classes, where there are any. */
  classes?: number;
  /** Names of the classes in the order of their ids. Absent: nobody named them. */
  labels?: readonly string[];
  /**
   * Where numbers are predicted: a value of a batch is `(number − mean) / deviation`, so that a head trains alike whatever the
   * unit. Predictions and metrics are in the number's own unit. Omitted: mean 0, deviation 1.
   */
  unit?: { mean: number; deviation: number };
  /** Where answers are written: what is written is scored too. */
  writing?: Writing;
  /** The documents of all splits, where units are scored by searching them. */
  corpus?: Corpus;
  /** The documents that questions of all splits are answered from. */
  documents?: readonly string[];
  /** How its texts fall apart into words. Absent: at white space. */
  segmenter?: Segmenter;
}
