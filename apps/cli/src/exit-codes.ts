/** What the command line ends with; scripts may rely on it. */
export const exitCode = {
  ok: 0,
  /** Something nobody foresaw. */
  unexpected: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The API refused the request (4xx), or what a file or a model holds is no good. */
  refused: 3,
  /** The API or a server cannot be reached, or answers 5xx. */
  unreachable: 4,
  /** The sweep ended and a trial failed for another reason than its budget. */
  trialsFailed: 5,
  /** This machine, or the cluster, lacks something that a person must provide. */
  setup: 6,
  /** The history of a sweep breaks a rule, or an engine does not start or computes what it must not. */
  unsound: 7,
  /** The sweep was cancelled before all of it ran. */
  cancelled: 8,
  interrupted: 130,
} as const;

/** An error whose message is all a person needs, with the status to end with. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error of the command line itself. */
export const usage = (message: string): CommandError => new CommandError(message, exitCode.usage);
