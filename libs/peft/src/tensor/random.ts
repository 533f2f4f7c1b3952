/** @file Seeded randomness that is handed in; nothing in the library calls `Math.random`. */

/** A stream of random numbers with a state that a checkpoint can hold. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** An independent stream named by `label`: the same label of the same seed gives the same stream. */
  fork(label: string): Random;
  /** State to resume from. */
  state(): readonly number[];
}
