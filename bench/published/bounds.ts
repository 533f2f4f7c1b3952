/** @file Published figures beside the intervals of their predictions. */
import type { Interval } from '@rankforge/peft';

export interface Bounded {
  of: Interval;
  predicted: number;
  measured: number;
}

const isWithin = ({ of: { low, high }, measured }: Bounded) => low <= measured && measured <= high;

/** The bounds in GB, and the figure's place where it is not between them. */
export function within(bounded: Bounded): string {
  const { low, high } = bounded.of;
  const text = `${(low / 1e9).toFixed(2)}–${(high / 1e9).toFixed(2)}`;
  if (isWithin(bounded)) return text;
  return `${text}: ${bounded.measured < low ? 'below' : 'above'}`;
}

/** How many figures lie between their bounds, and how far these are apart. */
export function boundsNote(all: readonly Bounded[]): string {
  const widths = all.map(({ of: { low, high }, predicted }) => (high - low) / predicted).sort((a, b) => a - b);
  const median = (100 * widths[Math.floor(widths.length / 2)]!).toFixed(1);
  return `${all.filter(isWithin).length} of ${all.length} lie within their interval, whose median width is ${median} %.`;
}
