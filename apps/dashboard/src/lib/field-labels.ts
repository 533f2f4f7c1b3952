/** @file Fields of a request by the names that a page has for them: a person who fills a form has seen no JSON. */

/** What a form calls its fields, by the pointer to what they fill. A field that is not named is told by the words of its pointer. */
export type FieldLabels = Readonly<Record<string, string>>;

/**
 * The name of a field, from the nearest one that the form names; empty for the whole of a request. Items of a list are counted from 1.
 *
 * @example fieldLabel('/mapping/origins/0', { '/mapping/origins': 'Where examples are from' }) // 'Where examples are from, 1'
 * @example fieldLabel('/training/batchSize') // 'training, batch size'
 */
export function fieldLabel(path: string, labels: FieldLabels = {}): string {
  const parts = path.split('/').slice(1);
  const at = (count: number) => labels[['', ...parts.slice(0, count)].join('/')];
  const named = [...parts.keys()].map((index) => index + 1).findLast((count) => at(count) !== undefined) ?? 0;
  return [...(named > 0 ? [at(named)!] : []), ...parts.slice(named).map(worded)].join(', ');
}

const worded = (part: string): string =>
  /^\d+$/.test(part)
    ? String(Number(part) + 1)
    : part.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
