import { clamp } from '@rankforge/contracts';

/**
 * Ends of the whisker of a mean place: half a critical difference to each side, cut at the first and at the last place, outside
 * of which nobody can stand. Cut whiskers overlap exactly where whole ones do.
 *
 * @example placeWhisker(1.5, 3, 4) // [1, 3]
 */
export function placeWhisker(meanPlace: number, criticalDifference: number, last: number): [number, number] {
  const reach = criticalDifference / 2;
  return [clamp(meanPlace - reach, [1, last]), clamp(meanPlace + reach, [1, last])];
}
