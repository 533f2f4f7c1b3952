import type { EstimateRow } from '@rankforge/contracts';
import { formatBytes, formatInteger } from '../../lib/format.js';

/** @example nameOf({ method: 'lora', rank: 8 }) // 'lora r8' */
export const nameOf = ({ method, rank }: Pick<EstimateRow, 'method' | 'rank'>): string =>
  rank === null ? method : `${method} r${rank}`;

/** The cheapest change that makes a row fit, in words. */
export function changeText(change: EstimateRow['change']): string {
  if (!change) return 'no smaller batch, rank or sequence does';
  const { total, ...numbers } = change;
  const changed = Object.entries(numbers).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? formatInteger(value) : value}`,
  );
  return `it would with ${changed.join(', ')} (${formatBytes(total)})`;
}
