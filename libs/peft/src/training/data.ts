/** @file What a trainer reads. Tasks make these; the trainer knows nothing of where they come from. */

/** `size` examples, row-major: of `sequence` tokens each, or one image or one row of fields each. */
export interface Batch {
  size: number;
  /** Tokens of an example; 0 for images and fields. */
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /** `[size, height, width, channels]` in 0 … 1, for images; absent for text. */
  pixels?: Float32Array;
  /** `[size, fields]`: an id of each field; absent for text and images. */
  fields?: Int32Array;
  /**
   * Language modelling and instruction tuning: `[size, sequence]` next-token ids, −1 where the loss does not count.
   * Classification: `[size]` class ids. Binary classification: `[size]` 1 where it happened, else 0. Regression: empty.
   */
  targets: Int32Array;
  /** Regression: `[size]` numbers to predict, in the unit of `TaskData.unit`. */
  values?: Float32Array;
  /** `[size]` number of real tokens of each example; the rest is padding at the end. */
  lengths: Int32Array;
}

/** An indexable part of a data set. The trainer chooses the order. */
export interface Split {
  /** Number of examples. */
  size: number;
  /** Assembles the examples at these indices. */
  batch(indices: readonly number[]): Batch;
  /**
   * What is right of the examples at these indices, as a batch has it, without their inputs being assembled. Omitted where it
   * is cheap to assemble them.
   */
  answers?(indices: readonly number[]): Pick<Batch, 'targets' | 'values'>;
}

/**
 * `language-modelling`: every next token. `instruction-tuning`: the tokens of the completion only, each example weighs
 * the same in a score. `classification` of text and `image-classification`: a class. `regression`: a number.
 * `binary-classification`: whether something happens, by the model's own logit.
 */
export const objectiveNames = [
  'language-modelling',
  'instruction-tuning',
  'classification',
  'regression',
  'image-classification',
  'binary-classification',
] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

/** The three disjoint splits of a task. Selection reads `validation`; `test` is read when a configuration is scored. */
export interface TaskData {
  objective: ObjectiveName;
  /** Number of classes, for classification. */
  classes?: number;
  /**
   * For regression: a value of a batch is `(number − mean) / deviation`, so that a head trains alike whatever the unit.
   * Predictions and metrics are in the number's own unit. Omitted: mean 0, deviation 1.
   */
  unit?: { mean: number; deviation: number };
  train: Split;
  validation: Split;
  test: Split;
}
