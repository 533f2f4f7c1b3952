/** What of `T` a test gives: any member may be missing, at every depth, and what functions return likewise. */
export type PartOf<T> = T extends (...given: infer Given) => infer Returned
  ? (...given: Given) => PartOf<Returned>
  : T extends Promise<infer Value>
    ? Promise<PartOf<Value>>
    : T extends object
      ? T | { [Member in keyof T]?: PartOf<T[Member]> }
      : T;

/**
 * A stand-in with those members alone that what is tested reads. Unlike a cast, it refuses a member that `T` does not have, or has
 * with another type.
 *
 * @example partOf<TrialQueues>({ waiting: async () => 0 })
 */
export const partOf = <T extends object>(members: PartOf<T>): T => members as unknown as T;
