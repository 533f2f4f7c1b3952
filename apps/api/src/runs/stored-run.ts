/** @file A run as it is kept: what tells it from others, and its scores by example as bytes. */
import { type ElsewhereRun, runIdentity } from '@rankforge/contracts';
import { contentHash } from '../planning/trial-key.js';

/** Identity of a run on its board. */
export const identityOf = (run: ElsewhereRun): string => contentHash(runIdentity(run));

const size = Float64Array.BYTES_PER_ELEMENT;

export function bytesOf(examples: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(examples.length * size));
  examples.forEach((score, index) => {
    view.setFloat64(index * size, score, true);
  });
  return new Uint8Array(view.buffer);
}

/** The scores of bytes as `bytesOf` makes them. */
export function examplesOf(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / size }, (_, index) => view.getFloat64(index * size, true));
}
