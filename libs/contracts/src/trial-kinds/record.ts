/** A kind of trial, and what follows for who queues, runs and shows it. */
export interface TrialKindRecord<N extends string = string> {
  name: N;
  /**
   * It makes steps and leaves an adapter: a strategy asks for it, it has checkpoints, a measured peak and an objective, and it
   * may share a process with others.
   */
  trains: boolean;
  /** It reads the test split of a configuration that was chosen, and keeps the scores of the examples. */
  readsTest: boolean;
}
