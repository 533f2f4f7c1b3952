/** The words that a query asks for, and those that it does not ask for; none of these where it asks for everything. */
export interface Apart {
  wanted: string;
  unwanted: string[];
}

/**
 * Takes a query apart at the first separator, whatever its case.
 *
 * @throws RangeError where there is a separator and nothing before or behind it
 * @example apart('whales but not ships at sea', ' but not ') // { wanted: 'whales', unwanted: ['ships', 'at', 'sea'] }
 */
export function apart(query: string, separator: string): Apart {
  // Spaces at its ends are lost where nothing stands there.
  const text = ` ${query} `;
  // In the text itself: letters may be others in number in the other case.
  const found = new RegExp(separator.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'iu').exec(text);
  if (!found) return { wanted: query, unwanted: [] };
  const wanted = text.slice(0, found.index).trim();
  const unwanted = text
    .slice(found.index + found[0].length)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted !== '' && unwanted.length > 0) return { wanted, unwanted };
  const [side, what] = wanted === '' ? ['before', 'wanted'] : ['behind', 'not wanted'];
  throw new RangeError(
    `query ${JSON.stringify(query)}: nothing stands ${side} ${JSON.stringify(separator)}: say what is ${what}, or give another separator`,
  );
}
