/** An endpoint gave no whole answer. The message names the address, what came, and what to do. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';

  constructor(
    message: string,
    /** Absent: asking again would not help. `afterMs`: not before. */
    readonly again?: { afterMs?: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
