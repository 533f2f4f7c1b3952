/** Logits and probabilities that cross-entropy holds at a time, where that leaves enough rows for a fast product. */
const CHUNK_NUMBERS = 2 ** 19;
const FEWEST_ROWS = 128;

/** Ways to hold the scores of attention: those of all queries at once, or of some queries at a time. */
export const attentions = ['whole', 'chunked'] as const;
export type Attention = (typeof attentions)[number];

/** What a training may ask for: one of these ways, or the one that the length suggests. */
export const attentionChoices = ['auto', ...attentions] as const;
export type AttentionChoice = (typeof attentionChoices)[number];

/** Tokens up to which attention holds the scores of all queries where nothing is asked for, and queries of a chunk. */
export const LONGEST_WHOLE = 512;
const QUERIES = 64;

/** Queries of an example whose scores attention holds at a time; all of them where there are few. */
export function attentionRows(sequence: number, choice: AttentionChoice = 'auto'): number {
  const isChunked = choice === 'auto' ? sequence > LONGEST_WHOLE : choice === 'chunked';
  return isChunked ? Math.min(QUERIES, sequence) : sequence;
}

/**
 * Rows whose logits cross-entropy holds at a time.
 *
 * @param tensors of their size that are there: 1 where the probabilities take the place of the logits, else 2
 */
export function crossEntropyRows(vocabularySize: number, tensors: 1 | 2): number {
  return Math.max(FEWEST_ROWS / tensors, Math.floor(CHUNK_NUMBERS / tensors / vocabularySize));
}
