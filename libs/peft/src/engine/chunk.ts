/** Logits that cross-entropy holds at a time, where that leaves enough rows for a fast product. */
const CHUNK_LOGITS = 2 ** 18;
const FEWEST_ROWS = 64;

/** Rows whose logits cross-entropy holds at a time. */
export function crossEntropyRows(vocabularySize: number): number {
  return Math.max(FEWEST_ROWS, Math.floor(CHUNK_LOGITS / vocabularySize));
}
