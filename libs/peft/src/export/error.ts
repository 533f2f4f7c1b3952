/** An adapter folder that cannot be read; the message names the field or the tensor. */
export class PeftAdapterError extends Error {
  override readonly name = 'PeftAdapterError';
}
