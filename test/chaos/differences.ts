/** @file Where two values differ. */

/**
 * Paths at which two plain values are not the same, each as `path: expected → found`. Numbers must be equal to the bit.
 *
 * @example differences({ loss: [1, 2] }, { loss: [1, 3] }) // ['loss.1: 2 → 3']
 */
export function differences(expected: unknown, found: unknown, path = ''): string[] {
  if (Object.is(expected, found)) return [];
  if (!isObject(expected) || !isObject(found)) return [`${path}: ${shown(expected)} → ${shown(found)}`];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return names.flatMap((name) => differences(expected[name], found[name], path ? `${path}.${name}` : name));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const shown = (value: unknown) => (value === undefined ? 'nothing' : String(JSON.stringify(value)).slice(0, 80));
