/** @file The meanings of terms, as docs/glossary.md has them: they are written nowhere else. */
import markdown from '../../../../docs/glossary.md?raw';

/** Terms that the page explains. */
export const terms = ['edge', 'group', 'interval', 'Pareto front', 'reference'] as const;
export type TermName = (typeof terms)[number];

/**
 * The words of the tables of a glossary with their meanings, as plain text.
 *
 * @example wordsOf('| **edge** | The **last** value, `0`. |').get('edge') // 'The last value, 0.'
 */
export function wordsOf(text: string): ReadonlyMap<string, string> {
  const rows = text.matchAll(/^\| \*\*(.+?)\*\*[^|]*\| (.+?) *\|$/gm);
  return new Map([...rows].map(([, word, meaning]) => [word!, plain(meaning!)]));
}

const plain = (text: string): string => text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/\*\*|`/g, '');

const words = wordsOf(markdown);

export function meaningOf(word: TermName): string {
  const meaning = words.get(word);
  if (meaning === undefined) throw new Error(`docs/glossary.md has no row for "${word}", which the page explains`);
  return meaning;
}
