/** A kind of trial, and what follows for who queues, runs and shows it. How a worker runs it is its own `trainer/kinds`. */
export interface TrialKindRecord<N extends string = string> {
  name: N;
  /**
   * A strategy asks for it, and it has an objective: configurations are chosen by it on validation, and stand on boards.
   * Others follow from those that were chosen.
   */
  proposed: boolean;
  /** It makes steps, by itself or by its parts, and leaves an adapter: it has checkpoints and a measured peak, and may be packed. */
  trains: boolean;
  /** Nothing may be recorded at some of its steps, such as those of a round that nobody takes part in. */
  skipsSteps?: true;
  /** It reads the test split of a configuration that was chosen, and keeps the scores of the examples. */
  readsTest: boolean;
  /** It takes the adapter of the trial that it follows from, and fails where that left none. */
  takesAdapter: boolean;
  /** Kind of the trial that reads the test split for one of this kind that was chosen. Absent: none does. */
  scoredBy?: string;
  /** The kind of the trials that are its parts. */
  parts?: string;
  /** It is a part of another trial: lists leave it out unless they ask for it. */
  folded?: true;
  /** The title of its page. Absent: a trial with its number. */
  title?: string;
  /** Stands behind the method's name in lists. */
  mark?: string;
}
