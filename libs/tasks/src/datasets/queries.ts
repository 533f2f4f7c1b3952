/** @file Rows of one query become one example, which is split, counted and scored as a whole. */
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import type { Source } from './source.js';

/**
 * Examples in the order in which their queries first occur.
 *
 * @throws DatasetError where a column puts rows of a query into different splits
 */
export function byQuery(rows: readonly Example[], { name }: Source): Example[] {
  const found = new Map<string, Example>();
  for (const { where, side, fields } of rows) {
    const query = fields.query!;
    const known = found.get(query) ?? { where, ...(side && { side }), fields: { query, rows: [] } };
    if (known.side !== side) {
      const problem = `rows of "${query.slice(0, 80)}" are in ${known.side} (${known.where}) and in ${side}; a query is in one split`;
      throw new DatasetError(name, where, '/split', problem);
    }
    known.fields.rows!.push({ text: fields.text!, grade: fields.grade! });
    found.set(query, known);
  }
  return [...found.values()];
}
