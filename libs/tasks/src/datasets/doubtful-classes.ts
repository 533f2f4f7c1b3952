/** @file Names of classes that are likely a slip of whoever wrote them down. */
import type { DatasetReport } from '@rankforge/contracts';

/** Texts that pandas reads as missing values by default, in lower case: https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html */
const missingValues = new Set([
  ...['', '#n/a', '#n/a n/a', '#na', '-1.#ind', '-1.#qnan', '-nan', '1.#ind', '1.#qnan', '<na>', 'n/a', 'na'],
  ...['null', 'nan', 'none'],
]);

/** A name without what people overlook. */
const plain = (name: string) => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** Classes of a data set that are doubtful; undefined where all names are plainly different, and none stands for a missing value. */
export function doubtfulClasses(names: readonly string[]): DatasetReport['doubtfulClasses'] {
  const byPlain = new Map<string, string[]>();
  for (const name of names) byPlain.set(plain(name), [...(byPlain.get(plain(name)) ?? []), name]);
  const alike = [...byPlain.values()].filter((group) => group.length > 1);
  const missing = names.filter((name) => missingValues.has(plain(name)));
  return alike.length > 0 || missing.length > 0 ? { alike, missing } : undefined;
}
