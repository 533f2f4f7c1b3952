/** Rows whose logits cross-entropy holds at a time. */
export const CROSS_ENTROPY_ROWS = 128;
