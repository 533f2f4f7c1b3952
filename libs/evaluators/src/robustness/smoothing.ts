/**
 * @file Randomized smoothing over synonyms, and the certificate that follows from it.
 *
 * The smoothed score of a text is the mean score when each word is drawn anew from its smoothing set. Who replaces a word by a synonym
 * exchanges one uniform draw for another; the share of both that is the same bounds how far the mean can move. Of sets that differ in
 * size that share is the common words over the larger size: over the own size, as the official code has it, it is no bound.
 */
import type { Random } from '@rankforge/peft';
import { WORD } from '@rankforge/peft/extension';
import { type SynonymSets } from '../slots/robustness.js';

/** The share of two uniform draws that is the same. */
export function overlapOf(one: readonly string[], other: readonly string[]): number {
  const theirs = new Set(other);
  return one.filter((word) => theirs.has(word)).length / Math.max(one.length, other.length);
}

/** The smallest share that stays when a word is replaced by one that an attacker may take; 1 where there is none. */
export const keptShare = (smoothing: readonly string[], attacks: readonly (readonly string[])[]): number =>
  attacks.reduce((least, other) => Math.min(least, overlapOf(smoothing, other)), 1);

/** The most that a smoothed score can rise when so many of its words are replaced. @param kept of each word */
export function riseBound(kept: readonly number[], edits: number): number {
  const least = kept.toSorted((a, b) => a - b).slice(0, edits);
  return 1 - least.reduce((product, share) => product * share, 1);
}

/** Half the width of an interval around each of several means of draws between 0 and 1, all of which hold with this confidence (Hoeffding). */
export const errorOf = (samples: number, means: number, confidence: number): number =>
  Math.sqrt(Math.log((2 * means) / (1 - confidence)) / (2 * samples));

/**
 * How far the place K is ahead of all that any document behind it can reach; above 0 none of these enters the first K places.
 * Without a document behind them there is nothing to certify, and it is minus infinity.
 *
 * @param scores smoothed ones, of the texts in the order that they give
 * @param bounds how much each can rise, in that order
 * @param error of each score, 0 where it is exact
 */
export function marginAt(
  k: number,
  { scores, bounds, error }: { scores: readonly number[]; bounds: readonly number[]; error: number },
): number {
  if (scores.length <= k) return Number.NEGATIVE_INFINITY;
  const reached = scores.slice(k).map((score, at) => score + bounds[k + at]!);
  return scores[k - 1]! - Math.max(...reached) - 2 * error;
}

/** A text in words that may be replaced, and what stands between them. */
export class SmoothedText {
  /** Words in lower case where they have synonyms, as they are otherwise. */
  readonly words: readonly string[];
  private readonly between: readonly string[];

  constructor(
    text: string,
    private readonly synonyms: SynonymSets,
    private readonly setSize: number,
  ) {
    this.words = (text.match(WORD) ?? []).map((word) => {
      const lower = word.toLowerCase();
      return synonyms.of(lower).length > 0 ? lower : word;
    });
    this.between = text.split(WORD);
  }

  /** The share of each word that stays whatever a synonym replaces it. */
  kept(): number[] {
    return this.words.map((word) =>
      keptShare(
        this.smoothing(word),
        this.synonyms.of(word).map((other) => this.smoothing(other)),
      ),
    );
  }

  /** A text with every word drawn from its smoothing set. */
  drawn(random: Random): string {
    return this.with((word) => {
      const set = this.smoothing(word);
      return set.length === 1 ? word : set[random.integer(set.length)]!;
    });
  }

  /** The text with some of its words replaced. */
  replaced(edits: ReadonlyMap<number, string>): string {
    return this.with((word, place) => edits.get(place) ?? word);
  }

  private smoothing(word: string): readonly string[] {
    return this.synonyms.around(word, this.setSize);
  }

  private with(of: (word: string, place: number) => string): string {
    const { words, between } = this;
    return between.map((gap, place) => (place < words.length ? gap + of(words[place]!, place) : gap)).join('');
  }
}
