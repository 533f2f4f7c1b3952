/** @file Documents in runs of words, and how much of one lies in others. */

/** A run of words of a document. */
export interface Passage {
  /** Index of the document. */
  document: number;
  /** Index of its first word, and of the one after its last. */
  from: number;
  to: number;
}

/**
 * Every document in runs of so many words, each of which begins some before the end of the one before. A document that is no longer is
 * one run.
 *
 * @param overlap less than `words`
 */
export function chunksOf(documents: readonly (readonly string[])[], words: number, overlap: number): Passage[] {
  return documents.flatMap((own, document) => {
    const found: Passage[] = [];
    for (let from = 0; from < own.length; from += words - overlap) {
      const to = Math.min(from + words, own.length);
      found.push({ document, from, to });
      if (to === own.length) break;
    }
    return found;
  });
}

/** Share of the words of some passages that lie within others; words in several count once. */
export function coverage(of: readonly Passage[], by: readonly Passage[]): number {
  const wanted = wordsIn(of);
  const had = wordsIn(by);
  let covered = 0;
  for (const word of wanted) if (had.has(word)) covered += 1;
  return wanted.size === 0 ? 0 : covered / wanted.size;
}

function wordsIn(passages: readonly Passage[]): Set<string> {
  const found = new Set<string>();
  for (const { document, from, to } of passages) for (let at = from; at < to; at++) found.add(`${document} ${at}`);
  return found;
}
