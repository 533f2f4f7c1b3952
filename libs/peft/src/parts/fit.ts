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
  const divisors = Array.from({ length: side }, (_, index) => index + 1).filter((divisor) => side % divisor === 0);
  const below = divisors.findLast((divisor) => divisor < size)!;
  const above = divisors.find((divisor) => divisor > size);
  const fitting = above === undefined ? `${below} does` : `${below} and ${above} do`;
  return `${field}: ${size} does not divide the ${side} ${what}; ${fitting}`;
}
