/** Word 3-grams written anew, so that the search for near-duplicates is not checked with its own code. */
function grams(text: string): Set<string> {
  const words = wordsOf(text);
  if (words.length === 0) return new Set([symbolsOf(text)]);
  if (words.length < 3) return new Set([words.join(' ')]);
  const set = new Set<string>();
  for (let i = 2; i < words.length; i++) set.add(`${words[i - 2]} ${words[i - 1]} ${words[i]}`);
  return set;
}

function symbolsOf(text: string): string {
  const shown = text.normalize('NFKC').replace(/\ufe0f/g, '');
  return shown.split(/\s+/).join(' ').trim();
}

const alone = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;
const accent = /[\p{sc=Zinh}\p{sc=Hebr}\p{sc=Arab}\p{sc=Cyrl}]/u;
const sound = /[\u3099\u309a]/u;

/** Character by character: a letter of a script without spaces is a word, with the marks behind it. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let open = false;
  for (const character of text.normalize('NFKD').toLowerCase()) {
    const last = words.at(-1);
    if (/\p{M}/u.test(character)) {
      if (accent.test(character) && !sound.test(character)) continue;
      if (last !== undefined && open) words[words.length - 1] = last + character;
    } else if (/[\p{L}\p{N}]/u.test(character)) {
      const own = /\p{N}/u.test(character) ? '0' : character;
      if (open && last !== undefined && !alone.test(own) && !alone.test(last)) {
        if (own !== '0' || !last.endsWith('0')) words[words.length - 1] = last + own;
      } else words.push(own);
      open = true;
    } else open = false;
  }
  return words;
}

export function jaccard(a: string, b: string): number {
  const [x, y] = [grams(a), grams(b)];
  const shared = [...x].filter((gram) => y.has(gram)).length;
  return shared / (x.size + y.size - shared);
}

const known = new WeakMap<readonly string[], Set<string>[]>();

/** Of each text of a list; the lists of a task are compared with several others. */
function gramsOf(texts: readonly string[]): Set<string>[] {
  const found = known.get(texts) ?? texts.map(grams);
  known.set(texts, found);
  return found;
}

/** The most similar pair between two lists, by counting shared 3-grams of every pair. */
export function closestPair(left: readonly string[], right: readonly string[]) {
  const sets = gramsOf(right);
  const holders = new Map<string, number[]>();
  sets.forEach((set, i) => {
    for (const gram of set) {
      const others = holders.get(gram);
      if (others) others.push(i);
      else holders.set(gram, [i]);
    }
  });
  let closest = { similarity: 0, left: '', right: '' };
  const shared = new Int32Array(right.length);
  gramsOf(left).forEach((own, index) => {
    shared.fill(0);
    for (const gram of own) for (const i of holders.get(gram) ?? []) shared[i]! += 1;
    shared.forEach((count, i) => {
      const similarity = count / (own.size + sets[i]!.size - count);
      if (similarity > closest.similarity) closest = { similarity, left: left[index]!, right: right[i]! };
    });
  });
  return closest;
}
