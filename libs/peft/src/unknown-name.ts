/** A name that a registry does not hold. */
export class UnknownNameError extends Error {
  constructor(
    readonly kind: 'method' | 'optimizer' | 'objective' | 'strategy' | 'recipe',
    readonly unknownName: string,
    readonly known: readonly string[],
  ) {
    super(`Unknown ${kind} '${unknownName}': use one of ${known.join(', ')}`);
    this.name = 'UnknownNameError';
  }
}
