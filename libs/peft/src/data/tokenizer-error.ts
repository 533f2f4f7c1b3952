/** A `tokenizer.json` that cannot be used; the message names the field. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}
