/**
 * Compact letter display: two items share a letter if and only if they are not significantly different.
 * Insert and absorb: start with one group of all items; a pair that differs splits every group that holds both into
 * one without the first and one without the second; a group contained in another is absorbed.
 *
 * Source: Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons",
 * J. Comput. Graph. Statist. 13 (2004).
 *
 * @param count items, in the order of the board: the first item's groups get the first letters
 * @param different pairs of indices that are significantly different
 * @returns the letters of each item: a … z, then a₂ … z₂, a₃ …, which can be told from two letters side by side
 *
 * @example groupLetters(3, [[0, 2]]) // [['a'], ['a', 'b'], ['b']]
 */
export function groupLetters(count: number, different: readonly (readonly [number, number])[]): string[][] {
  let groups: ReadonlySet<number>[] = count === 0 ? [] : [new Set(Array.from({ length: count }, (_, i) => i))];
  for (const [first, second] of different) {
    groups = absorb(
      groups.flatMap((group) =>
        group.has(first) && group.has(second) ? [without(group, first), without(group, second)] : [group],
      ),
    );
  }
  const ordered = groups.map((group) => [...group].sort((a, b) => a - b)).sort(lexicographic);
  const letters = Array.from({ length: count }, (): string[] => []);
  ordered.forEach((group, index) => {
    for (const item of group) letters[item]!.push(letter(index));
  });
  return letters;
}

function without(group: ReadonlySet<number>, item: number): Set<number> {
  const rest = new Set(group);
  rest.delete(item);
  return rest;
}

function absorb(groups: ReadonlySet<number>[]): ReadonlySet<number>[] {
  const kept: ReadonlySet<number>[] = [];
  for (const group of [...groups].sort((a, b) => b.size - a.size)) {
    if (!kept.some((larger) => [...group].every((item) => larger.has(item)))) kept.push(group);
  }
  return kept;
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
