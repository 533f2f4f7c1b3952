/** Logits that cross-entropy holds at a time, where that leaves enough rows for a fast product. */
const CHUNK_LOGITS = 2 ** 18;
const FEWEST_ROWS = 64;

/** Ways to hold the scores of attention: those of all queries at once, or of some queries at a time. */
export const attentions = ['whole', 'chunked'] as const;
export type Attention = (typeof attentions)[number];

/** Tokens up to which attention holds the scores of all queries where nothing is asked for, and queries of a chunk. */
const LONGEST_WHOLE = 512;
const QUERIES = 64;

/** The way that is taken where none is asked for. */
export const usualAttention = (sequence: number): Attention => (sequence > LONGEST_WHOLE ? 'chunked' : 'whole');

/** Queries of an example whose scores attention holds at a time; all of them where there are few. */
export const attentionRows = (sequence: number, attention: Attention = usualAttention(sequence)): number =>
  attention === 'chunked' ? Math.min(QUERIES, sequence) : sequence;

/** Rows whose logits cross-entropy holds at a time. */
export function crossEntropyRows(vocabularySize: number): number {
  return Math.max(FEWEST_ROWS, Math.floor(CHUNK_LOGITS / vocabularySize));
}
