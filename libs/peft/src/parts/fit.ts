/** @file Why a method cannot be put on a layer; see `Method.unfit`. */

/**
 * A field that must divide a side of the layer.
 *
 * @returns undefined where it does, otherwise what is wrong and the nearest sizes that fit
 * @example
 * divides('blockSize', 5, 64, 'inputs'); // 'blockSize: 5 does not divide the 64 inputs; 4 and 8 do'
 */
export function divides(field: string, size: number, side: number, what: string): string | undefined {
  if (side % size === 0) return undefined;
  let below = Math.min(size, side);
  while (side % below !== 0) below--;
  let above = size + 1;
  while (above < side && side % above !== 0) above++;
  const fitting = above > side ? `${below} does` : `${below} and ${above} do`;
  return `${field}: ${size} does not divide the ${side} ${what}; ${fitting}`;
}
