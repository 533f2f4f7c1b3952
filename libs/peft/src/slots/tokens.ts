/**
 * Slot 8, tokens: rows of the table of tokens that are trained, while the others stay as the base has them. A head that is the same table
 * reads the trained rows too. They are tensors of their own, `[tokens, width]`, begin as the base's rows, and a model that is left has them in
 * their places.
 */
export interface TokensPart<C> {
  /** Name of the tensor of the rows. */
  name: string;
  /** Ids of the tokens, each once, in the order of the rows; or why a vocabulary of this size has none such, as `unfit` says it. */
  ids(vocabulary: number, config: C): readonly number[] | string;
  /** Its `peft_type` in Python peft, and the method's configuration from the settings of a file, before its schema has checked it. */
  peft: { type: string; config(settings: Readonly<Record<string, unknown>>): unknown };
}
