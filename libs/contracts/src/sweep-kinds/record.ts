/** A kind of sweep: what it asks of its methods, and what follows for its fields, its trials and its boards. */
export interface SweepKindRecord<N extends string = string> {
  name: N;
  /** On a button, and as the title of a board. */
  label: string;
  boardLabel: string;
  /** One sentence for people who choose. */
  says: string;
  /** The rest of a sentence that begins with the name, in the description of the API. */
  purpose: string;
  /**
   * A whole model is trained or made smaller: by its own head, with all of its layers where nothing else is asked for, and
   * from no adapter or teacher.
   */
  wholeModel: boolean;
  /** Weights are drawn from the trial's seed unless `initial` says otherwise, a field of such a sweep alone. */
  drawsWeights: boolean;
  /**
   * What a training leaves is smaller than its base. `recoverySteps` takes the place of `training.steps`; boards show what is
   * stored, and the score of the base before.
   */
  makesSmaller: boolean;
  /** Each configuration is a contender of its own, as it is and recovered: the largest model would win every time. */
  configurationsCompete: boolean;
}
