/** @file Parts of a bench that whoever runs it asks for, by variables of the environment. */

/**
 * Names that a variable lists, in the order of `names`; all of them where it is not set.
 *
 * @throws RangeError with the name that there is not, and those that there are
 * @example asked('RANKFORGE_BENCH_ENGINE', ['wasm', 'torch'], { RANKFORGE_BENCH_ENGINE: 'torch' }) // ['torch']
 */
export function asked<Name extends string>(
  variable: string,
  names: readonly Name[],
  environment: NodeJS.ProcessEnv = process.env,
): Name[] {
  const listed = (environment[variable] ?? '').split(',').flatMap((name) => name.trim() || []);
  const unknown = listed.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) {
    throw new RangeError(`${variable} names ${unknown}; there are ${names.join(', ')}, and commas between several`);
  }
  return listed.length === 0 ? [...names] : names.filter((name) => listed.includes(name));
}

/**
 * A whole number that a variable gives; `usual` where it is not set.
 *
 * @throws RangeError where it is no whole number of `least` or more
 */
export function askedCount(
  variable: string,
  { usual, least = 1 }: { usual: number; least?: number },
  environment: NodeJS.ProcessEnv = process.env,
): number {
  const given = environment[variable] || String(usual);
  const count = Number(given);
  if (Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`${variable} is "${given}": expected a whole number of ${least} or more, such as ${usual}`);
}
