/** Word 3-grams written anew, so that the search for near-duplicates is not checked with its own code. */
function grams(text: string): Set<string> {
  const words =
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.map((word) => word.replace(/\p{N}+/gu, '0')) ?? [];
  if (words.length < 3) return new Set([words.join(' ')]);
  const set = new Set<string>();
  for (let i = 2; i < words.length; i++) set.add(`${words[i - 2]} ${words[i - 1]} ${words[i]}`);
  return set;
}

export function jaccard(a: string, b: string): number {
  const [x, y] = [grams(a), grams(b)];
  const shared = [...x].filter((gram) => y.has(gram)).length;
  return shared / (x.size + y.size - shared);
}

/** The most similar pair between two lists, by counting shared 3-grams of every pair. */
export function closestPair(left: readonly string[], right: readonly string[]) {
  const sizes = right.map((text) => grams(text).size);
  const holders = new Map<string, number[]>();
  right.forEach((text, i) => {
    for (const gram of grams(text)) holders.set(gram, [...(holders.get(gram) ?? []), i]);
  });
  let closest = { similarity: 0, left: '', right: '' };
  for (const text of left) {
    const own = grams(text);
    const shared = new Map<number, number>();
    for (const gram of own) for (const i of holders.get(gram) ?? []) shared.set(i, (shared.get(i) ?? 0) + 1);
    for (const [i, count] of shared) {
      const similarity = count / (own.size + sizes[i]! - count);
      if (similarity > closest.similarity) closest = { similarity, left: text, right: right[i]! };
    }
  }
  return closest;
}
