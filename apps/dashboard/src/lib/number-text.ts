/** @file Numbers as people type them, e.g. `0.0001`, `1e-4` or `1E3`. */
const form = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text says: '' where it is empty, NaN where it is none. @example numberOf('1e3') // 1000 */
export function numberOf(text: string): number | '' {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  return form.test(trimmed) && Number.isFinite(Number(trimmed)) ? Number(trimmed) : Number.NaN;
}

interface Range {
  min?: number | undefined;
  max?: number | undefined;
}

/** Says in words what is wrong with a text; undefined where nothing is. */
export function wrongNumberText(text: string, { min = -Infinity, max = Infinity }: Range): string | undefined {
  const value = numberOf(text);
  if (value === '') return undefined;
  if (Number.isNaN(value)) return `expected a number, such as 0.001 or 1e-3, got "${text.trim()}"`;
  if (value >= min && value <= max) return undefined;
  if (max === Infinity) return `choose ${min} or more`;
  return min === -Infinity ? `choose ${max} or less` : `choose ${min} to ${max}`;
}

/** A number one step further, inside the range, without the digits that binary fractions add. */
export function stepped(value: number, by: number, { min = -Infinity, max = Infinity }: Range): number {
  return Math.min(max, Math.max(min, Number((value + by).toPrecision(12))));
}
