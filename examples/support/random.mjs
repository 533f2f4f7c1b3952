/** @file Numbers by chance for examples that make their data, the same on every machine. */

/** A stream of a seed (mulberry32). */
export function stream(seed) {
  let state = seed;
  /** A number in [0, 1). */
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  /** A whole number below `bound`. */
  const below = (bound) => Math.floor(uniform() * bound);
  const one = (list) => list[below(list.length)];
  /** A new list of the same entries in an order by chance (Fisher and Yates). */
  const shuffled = (list) => {
    const order = [...list];
    for (let at = order.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [order[at], order[other]] = [order[other], order[at]];
    }
    return order;
  };
  return { uniform, normal, below, one, shuffled };
}
