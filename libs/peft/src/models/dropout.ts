/** Shares of numbers that transformers drops where it trains a model. */
export interface ModelDropout {
  /** Share of the weights of attention. */
  attention: number;
  /** Share of the numbers that each half of a block adds. */
  hidden: number;
  /** Share of the embeddings. */
  embedding: number;
}
