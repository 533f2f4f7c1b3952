/** @file What an export or an import ends with that cannot be. */

/** An adapter folder that cannot be read; the message names the field or the tensor. */
export class PeftAdapterError extends Error {
  override readonly name = 'PeftAdapterError';
}

/** An adapter that cannot leave in the format asked for. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}
