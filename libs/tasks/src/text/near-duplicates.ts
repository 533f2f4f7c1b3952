/**
 * @file Finds texts that are nearly the same, so that they can be kept on one side of a split.
 *
 * Two texts are near-duplicates when the sets of their word 3-grams, after normalisation, have a Jaccard similarity of
 * at least the threshold. In scripts that put no spaces between words, each letter counts as a word.
 *
 * The search is exact, not sampled: with the 3-grams of every text sorted from rare to common, two sets of similarity ≥ t
 * must meet in their first |x| − ⌈t·|x|⌉ + 1 members (prefix filter: Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma,
 * Srikant, WWW 2007). The first that they share says how many they share at most: it and what comes after it in the set
 * where less does. Where that is too few, the pair is passed over, with all texts of that size and place (positional
 * filter of PPJoin: Xiao, Wang, Lin, Yu, WWW 2008). Candidates are then verified.
 */

const SHINGLE_WORDS = 3;

/**
 * Marks with and without which a text is the same one: those that belong to no script, such as the accents of Latin and
 * Greek and the selectors of emoji, and the points of Hebrew, Arabic and Cyrillic. Other marks are vowels and sounds, which
 * tell words apart; so are the two of kana, which Unicode gives to no script either.
 */
const accents = /(?![\u3099\u309a])(?=\p{M})[\p{sc=Zinh}\p{sc=Hebr}\p{sc=Arab}\p{sc=Cyrl}]/gu;

/**
 * Case, accents, punctuation, spacing and the digits of numbers do not count. A text without letters and digits keeps its
 * symbols, so that two are the same only where these are.
 */
export function normalise(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(accents, '')
    .replace(/\p{N}+/gu, '0')
    .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu);
  return words?.join(' ') ?? text.normalize('NFKC').replace(accents, '').replace(/\s+/gu, ' ').trim();
}

/**
 * Groups texts so that every pair of near-duplicates is in one group (groups are closed: a ~ b and b ~ c puts all three
 * together).
 *
 * @param threshold least Jaccard similarity of a near-duplicate, in (0, 1]
 * @returns for each text the index of the first text of its group
 *
 * @example groupNearDuplicates(['Aye, aye, sir!', 'Call me Ishmael.', 'aye aye Sir'], 0.5) // [0, 1, 0]
 */
export function groupNearDuplicates(texts: readonly string[], threshold: number): number[] {
  const normalised = texts.map(normalise);
  const firsts = new Map<string, number>();
  for (const [at, text] of normalised.entries()) if (!firsts.has(text)) firsts.set(text, at);
  // Texts that are equal once normalised are compared once.
  const different = [...firsts.keys()];
  const groups = groupsOf(different, threshold);
  const firstOf = new Map(different.map((text, at) => [text, firsts.get(different[groups[at]!]!)!]));
  return normalised.map((text) => firstOf.get(text)!);
}

/** Texts with a 3-gram at one place: those of one size in which as many of their 3-grams come from there on. */
interface Holders {
  size: number;
  rest: number;
  /** By the group that they were in, so that one look passes over all that are together with a text. */
  members: Map<number, number[]>;
}

/** Groups of different texts that are normalised, each by the index of its first. */
function groupsOf(texts: readonly string[], threshold: number): number[] {
  const { sets, unique } = rankedShingles(texts);
  const groups = new DisjointSets(texts.length);
  const bySize = texts.map((_, i) => i).sort((a, b) => sets[a]!.length - sets[b]!.length || a - b);
  const index = new Map<number, Holders[]>();
  for (const current of bySize) {
    const set = sets[current]!;
    const size = set.length;
    for (let at = 0; at <= size - Math.ceil(threshold * size); at++) {
      const shingle = set[at]!;
      if (shingle < unique) continue;
      const holders = index.get(shingle) ?? [];
      const rest = size - at;
      for (const other of holders) {
        if (!enough(Math.min(rest, other.rest), size, other.size, threshold)) continue;
        for (const [group, members] of other.members) {
          if (groups.together(current, group)) continue;
          if (members.some((member) => similar(set, sets[member]!, threshold))) groups.join(current, group);
        }
      }
      // Later texts are as large or larger.
      if (!enough(rest, size, size, threshold)) continue;
      const place = holders.find((other) => other.size === size && other.rest === rest);
      const { members } = place ?? { members: new Map<number, number[]>() };
      if (!place) index.set(shingle, [...holders, { size, rest, members }]);
      const own = groups.first(current);
      const together = members.get(own);
      if (together) together.push(current);
      else members.set(own, [current]);
    }
  }
  return texts.map((_, i) => groups.first(i));
}

/** Whether sets of two sizes that share so many members have a similarity of at least the threshold. */
const enough = (shared: number, one: number, other: number, threshold: number): boolean =>
  shared >= threshold * (one + other - shared);

/**
 * The set of each text's 3-grams as ascending numbers; the rarer a 3-gram, the smaller its number. Numbers below `unique` are of 3-grams
 * that one text alone has.
 */
function rankedShingles(texts: readonly string[]): { sets: Int32Array[]; unique: number } {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  const sets = texts.map((text) => {
    const set = new Set<number>();
    for (const shingle of shingles(text)) {
      const id = ids.get(shingle) ?? ids.size;
      ids.set(shingle, id);
      set.add(id);
    }
    for (const id of set) counts[id] = (counts[id] ?? 0) + 1;
    return set;
  });
  const rank = new Int32Array(ids.size);
  Int32Array.from(counts.keys())
    .sort((a, b) => counts[a]! - counts[b]! || a - b)
    .forEach((id, position) => {
      rank[id] = position;
    });
  return {
    sets: sets.map((set) => Int32Array.from(set, (id) => rank[id]!).sort()),
    unique: counts.filter((count) => count === 1).length,
  };
}

/** Scripts that put no spaces between words. */
const unspaced = ['Han', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr'].map((name) => `\\p{scx=${name}}`).join('');

/** A letter of such a script with its marks, or a run of anything else. */
const wordsAndLetters = new RegExp(`[${unspaced}]\\p{M}*|[^\\s${unspaced}]+`, 'gu');

/** A text of fewer than three words is one shingle. */
function shingles(normalised: string): string[] {
  const words = normalised.match(wordsAndLetters) ?? [];
  if (words.length <= SHINGLE_WORDS) return [words.join(' ')];
  return words.slice(SHINGLE_WORDS - 1).map((_, start) => words.slice(start, start + SHINGLE_WORDS).join(' '));
}

function similar(a: Int32Array, b: Int32Array, threshold: number): boolean {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (!enough(shared + Math.min(a.length - i, b.length - j), a.length, b.length, threshold)) return false;
    if (a[i] === b[j]) {
      shared++;
      i++;
      j++;
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return enough(shared, a.length, b.length, threshold);
}

/** Union-find; a set is named by its smallest member. */
class DisjointSets {
  private readonly parents: Int32Array;

  constructor(size: number) {
    this.parents = Int32Array.from({ length: size }, (_, i) => i);
  }

  first(item: number): number {
    let root = item;
    while (this.parents[root] !== root) root = this.parents[root]!;
    this.parents[item] = root;
    return root;
  }

  together(a: number, b: number): boolean {
    return this.first(a) === this.first(b);
  }

  join(a: number, b: number): void {
    const [low, high] = [this.first(a), this.first(b)].sort((x, y) => x - y) as [number, number];
    this.parents[high] = low;
  }
}
