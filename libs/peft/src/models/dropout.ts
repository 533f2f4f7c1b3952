/** Shares of numbers that transformers drops where it trains a model. */
export interface ModelDropout {
  /** Of the weights of attention. */
  attention: number;
  /** Of what each half of a block adds. */
  hidden: number;
  /** Of the embeddings. */
  embedding: number;
}
