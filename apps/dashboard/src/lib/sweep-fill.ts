/** @file What a link to the form of a sweep changes in the sweep that it starts from. */
import type { GridEdge } from '@rankforge/contracts';
import { z } from 'zod';

export const SweepFill = z.object({
  /** Contenders that stay, by their names for people; others go. Default: all stay. */
  contenders: z.array(z.string()).optional(),
  memoryBudgetMiB: z.number().positive().optional(),
  /** Further seeds. */
  seeds: z.number().int().positive().optional(),
  /** Further values of an axis of one contender, beside all that were tried. */
  widen: z.object({ contender: z.string(), axis: z.string(), values: z.array(z.number()) }).optional(),
});
export type SweepFill = z.infer<typeof SweepFill>;

/** How far beyond its only value an axis is looked at. */
const firstStep = 3;

/** A step beyond an edge is as large as the last one within the grid, and no larger than this. */
const stepAtMost = 10;

/**
 * Values of an axis with those that lie beyond its edge, ascending.
 *
 * @example widened({ axis: 'rank', value: 16, side: 'highest', tried: [4, 16] }) // [4, 16, 64]
 */
export function widened({ axis, value, side, tried }: GridEdge): number[] {
  const inOrder = [...new Set(tried)].sort((a, b) => a - b);
  const [inner, outer] = side === 'lowest' ? [inOrder[0]!, inOrder[1]] : [inOrder.at(-2), inOrder.at(-1)!];
  const ratio = side !== 'only' && inner && outer ? Math.min(stepAtMost, outer / inner) : firstStep;
  const beyond = { lowest: [value / ratio], highest: [value * ratio], only: [value / ratio, value * ratio] }[side];
  const isWhole = axis === 'rank' || inOrder.every((one) => Number.isInteger(one) && one > 1);
  const round = (one: number) =>
    isWhole ? Math.max(1, Math.round(one)) : Number(one.toPrecision(1 + (ratio % 1 === 0 ? 1 : 2)));
  return [...new Set([...inOrder, ...beyond.map(round)])].sort((a, b) => a - b);
}
