/** @throws RangeError when an index is not that of an example */
export function checkIndices(indices: readonly number[], size: number): void {
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new RangeError(`batch: expected indices from 0 to ${size - 1}, got ${index}`);
    }
  }
}
