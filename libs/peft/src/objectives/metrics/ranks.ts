/** @file Examples in the order of a number that each has, with those that tie. */

/** Indices by ascending key. */
export function sorted(keys: Float64Array): number[] {
  return Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
}

/** Runs of equal keys, in ascending order. */
export function groups(order: readonly number[], keys: Float64Array): number[][] {
  const runs: number[][] = [];
  for (const index of order) {
    const last = runs.at(-1);
    if (last !== undefined && keys[last[0]!] === keys[index]) last.push(index);
    else runs.push([index]);
  }
  return runs;
}
