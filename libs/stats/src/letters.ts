/**
 * Compact letter display: two items share a letter if and only if they are not significantly different. A letter is a group of items none
 * of which differ, and no group lies within another. All such groups can be exponentially many (2ⁿ for n disjoint pairs that differ); these
 * are enough of them to hold every pair, at most one for each.
 *
 * Source: Gramm, Guo, Hüffner, Niedermeier, Piepho and Schmid, "Algorithms for compact letter displays: Comparison and evaluation",
 * Comput. Statist. Data Anal. 52 (2007), who take letters for a cover of the pairs by cliques.
 *
 * @param count items, in the order of the board: the first item's groups get the first letters
 * @param different pairs of indices that are significantly different
 * @returns the letters of each item: a … z, then a₂ … z₂, a₃ …, which can be told from two letters side by side
 *
 * @example groupLetters(3, [[0, 2]]) // [['a'], ['a', 'b'], ['b']]
 */
export function groupLetters(count: number, different: readonly (readonly [number, number])[]): string[][] {
  const items = Array.from({ length: count }, (_, i) => i);
  const apart = items.map(() => new Set<number>());
  for (const [first, second] of different) {
    apart[first]!.add(second);
    apart[second]!.add(first);
  }
  const together = items.map(() => new Set<number>());
  const groups: number[][] = [];
  for (const first of items) {
    for (const second of items.slice(first)) {
      if (apart[first]!.has(second) || together[first]!.has(second)) continue;
      const group = grown([first, second], items, { apart, together });
      for (const item of group) for (const other of group) together[item]!.add(other);
      groups.push(group);
    }
  }
  const letters = items.map((): string[] => []);
  for (const [index, group] of groups.sort(lexicographic).entries()) {
    for (const item of group) letters[item]!.push(letter(index));
  }
  return letters;
}

interface Pairs {
  /** By item: those that differ from it. */
  apart: readonly ReadonlySet<number>[];
  /** By item: those that share a group with it already. */
  together: readonly ReadonlySet<number>[];
}

/** With items that differ from none of the group until there is none, always the one that brings most pairs that share no group yet. */
function grown(seed: readonly number[], items: readonly number[], { apart, together }: Pairs): number[] {
  const group = new Set<number>();
  const brings = new Map(items.map((item) => [item, 0]));
  const take = (taken: number) => {
    group.add(taken);
    brings.delete(taken);
    for (const [item, pairs] of brings) {
      if (apart[item]!.has(taken)) brings.delete(item);
      else if (!together[item]!.has(taken)) brings.set(item, pairs + 1);
    }
  };
  for (const item of seed) take(item);
  while (brings.size > 0) take([...brings].reduce((most, each) => (each[1] > most[1] ? each : most))[0]);
  return [...group].sort((a, b) => a - b);
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function letter(index: number): string {
  const round = Math.floor(index / 26) + 1;
  const below = [...String(round)].map((digit) => String.fromCodePoint(0x2080 + Number(digit))).join('');
  return String.fromCharCode(97 + (index % 26)) + (round > 1 ? below : '');
}
