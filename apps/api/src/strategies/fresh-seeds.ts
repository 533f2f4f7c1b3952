const seedLimit = 2 ** 31;

/** Seeds that none of those has, after the largest of them, from 0 where there are no more. @example freshSeeds([0, 3], 2) // [4, 5] */
export function freshSeeds(used: readonly number[], count: number): number[] {
  const known = new Set(used);
  const fresh: number[] = [];
  for (let seed = (Math.max(...used) + 1) % seedLimit; fresh.length < count; seed = (seed + 1) % seedLimit) {
    if (!known.has(seed)) fresh.push(seed);
  }
  return fresh;
}
