/**
 * Examples that the trial's own base writes and a discriminator on the teacher's base accepts, in place of the training
 * split. Seeds and discriminator are made where the data is; what follows has no access to it.
 */
export interface SynthesisRequest {
  /** Examples of the data that are kept, to begin examples with. */
  seeds: number;
  /** Tokens at the beginning of a seed that a written example begins with. */
  promptTokens: number;
  /** Logits are divided by this before a token is drawn. */
  temperature: number;
  /** Examples to write: as many as the training split has, but no more than this. */
  examples: number;
  /** Candidates for each wanted example; after them the likeliest of those that were not accepted make up the number. */
  patience: number;
  /** The discriminator: an adapter of the method's own form on the teacher's base, for real or written. */
  discriminator: { steps: number; learningRate: number; examples: number };
}
