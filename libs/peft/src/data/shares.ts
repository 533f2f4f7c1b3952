/** @file Parts of a whole by a share, whole units each. Rounding takes none away: in float64 a 49th of 49 is less than 1. */

const tolerance = 1e-9;

/** Units that a share of so many is, rounded down. @example atMost(0.29, 100) // 29 */
export const atMost = (share: number, size: number): number => Math.floor(share * size + tolerance);

/** Units that are a share of so many at least. @example atLeast(0.28, 25) // 7 */
export const atLeast = (share: number, size: number): number => Math.ceil(share * size - tolerance);
