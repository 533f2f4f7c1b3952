/** @file Sets of synonyms: which words may stand for a word, and which are nearest to it. */
import { isWord } from '@rankforge/peft/extension';
import { type SynonymSets } from '../slots/robustness.js';

/** Synonym sets over lists of words. */
export class ListedSynonyms implements SynonymSets {
  private readonly beside = new Map<string, Set<string>>();
  private readonly sorted = new Map<string, readonly string[]>();
  private readonly near = new Map<string, readonly string[]>();

  /** @throws Error where no list has two different words */
  constructor(lists: Iterable<readonly string[]>) {
    for (const list of lists) {
      const words = [...new Set(list.map((word) => word.toLowerCase()))];
      if (words.length < 2) continue;
      for (const word of words) {
        const others = this.beside.get(word) ?? new Set();
        this.beside.set(word, others);
        for (const other of words) if (other !== word) others.add(other);
      }
    }
    if (this.beside.size === 0) {
      throw new Error('the synonym sets are empty: expected sets of two words or more, and none has as many');
    }
  }

  of(word: string): readonly string[] {
    const known = this.sorted.get(word) ?? [...(this.beside.get(word) ?? [])].sort();
    this.sorted.set(word, known);
    return known;
  }

  around(word: string, most: number): readonly string[] {
    const key = `${most} ${word}`;
    const known = this.near.get(key);
    if (known) return known;
    const found = new Set([word]);
    let ring: string[] = [word];
    while (ring.length > 0 && found.size < most) {
      const next = [...new Set(ring.flatMap((each) => this.of(each)))].filter((each) => !found.has(each)).sort();
      ring = next.slice(0, most - found.size);
      for (const each of ring) found.add(each);
    }
    const nearest = [...found];
    this.near.set(key, nearest);
    return nearest;
  }
}

/**
 * Reads a file of synonym sets: a set a line, its words apart by blanks or commas; lines that begin with `#`, and empty ones, say
 * nothing.
 *
 * @throws Error naming the line that holds no set, or what texts do not have as one word; or where there is no set
 * @example readSynonymSets('big large\nship, boat, vessel').of('boat') // ['ship', 'vessel']
 */
export function readSynonymSets(text: string): ListedSynonyms {
  const lists = text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const words = line.split(/[\s,]+/).filter(Boolean);
    if (new Set(words.map((word) => word.toLowerCase())).size < 2) {
      throw new Error(
        `line ${index + 1} of the synonym sets holds no set: expected two different words or more, got "${line.trim()}"`,
      );
    }
    // Who replaces a word by several changes how many there are, and the certificate counts on none being added.
    const other = words.find((word) => !isWord(word.toLowerCase()));
    if (other !== undefined) {
      throw new Error(
        `line ${index + 1} of the synonym sets: "${other}" is not one word: expected two letters, digits or underscores or more, and nothing between; leave it out`,
      );
    }
    return [words];
  });
  return new ListedSynonyms(lists);
}
