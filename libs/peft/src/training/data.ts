/** @file What a trainer reads. Tasks make these; the trainer knows nothing of where they come from. */

/** Token batch. `size` examples of `sequence` tokens, row-major. */
export interface Batch {
  size: number;
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /**
   * Language modelling: `[size, sequence]` next-token ids, −1 where the loss does not count.
   * Classification: `[size]` class ids.
   */
  targets: Int32Array;
  /** `[size]` number of real tokens of each example; the rest is padding at the end. */
  lengths: Int32Array;
}

/** An indexable part of a data set. The trainer chooses the order. */
export interface Split {
  /** Number of examples. */
  size: number;
  /** Assembles the examples at these indices. */
  batch(indices: readonly number[]): Batch;
}

/** The three disjoint splits of a task. Selection reads `validation`; `test` is read when a configuration is scored. */
export interface TaskData {
  objective: 'language-modelling' | 'classification';
  /** Number of classes, for classification. */
  classes?: number;
  train: Split;
  validation: Split;
  test: Split;
}
