/** Logits that cross-entropy holds at a time, where that leaves enough rows for a fast product. */
const CHUNK_LOGITS = 2 ** 18;
const FEWEST_ROWS = 64;

/** Tokens up to which attention holds the scores of all queries, and queries whose scores it holds at a time beyond. */
const LONGEST_WHOLE = 512;
const QUERIES = 64;

/** Queries of an example whose scores attention holds at a time; all of them where there are few. */
export const attentionRows = (sequence: number): number => (sequence > LONGEST_WHOLE ? QUERIES : sequence);

/** Rows whose logits cross-entropy holds at a time. */
export function crossEntropyRows(vocabularySize: number): number {
  return Math.max(FEWEST_ROWS, Math.floor(CHUNK_LOGITS / vocabularySize));
}
