/**
 * An endpoint gave no whole answer. The message names the address, the status, and what to do, for whoever asks: it quotes nothing of what
 * came, since the address may be any service that this machine reaches and they do not.
 */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  readonly #detail: string | undefined;

  constructor(
    message: string,
    /** Absent: asking again would not help. `afterMs`: not before. */
    readonly again?: { afterMs?: number },
    { detail, ...options }: ErrorOptions & { detail?: string | undefined } = {},
  ) {
    super(message, options);
    this.#detail = detail;
  }

  /** What came, for the log of an administrator alone. */
  get detail(): string | undefined {
    return this.#detail;
  }
}

/** What came in place of an answer, of an error or of one that caused it: for the log of an administrator alone. */
export function detailOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return (error instanceof EndpointError ? error.detail : undefined) ?? detailOf(error.cause);
}
