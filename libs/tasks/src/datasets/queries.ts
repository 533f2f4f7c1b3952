/** @file Rows of one query become one example, which is split, counted and scored as a whole. */
import type { DatasetReport } from '@rankforge/contracts';
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import type { Source } from './source.js';

/** Where rows are from, for comparison and for people. */
const said = (origins: Example['origins']) => Object.values(origins ?? {}).join(', ');

/**
 * Examples in the order in which their queries first occur.
 *
 * @throws DatasetError where a column puts rows of a query into different splits, or says that they are from different places
 */
export function byQuery(rows: readonly Example[], { name }: Source): Example[] {
  const found = new Map<string, Example>();
  for (const { where, side, origins, fields } of rows) {
    const query = fields.query!;
    const known = found.get(query) ?? {
      where,
      ...(side && { side }),
      ...(origins && { origins }),
      fields: { query, rows: [] },
    };
    if (known.side !== side) {
      const problem = `rows of "${query.slice(0, 80)}" are in ${known.side} (${known.where}) and in ${side}; a query is in one split`;
      throw new DatasetError(name, where, '/split', problem);
    }
    if (said(known.origins) !== said(origins)) {
      const problem = `rows of "${query.slice(0, 80)}" are from ${said(known.origins)} (${known.where}) and from ${said(origins)}; a query is from one`;
      throw new DatasetError(name, where, '/mapping/origins', problem);
    }
    const { text = `row ${known.fields.rows!.length + 1} of ${query}`, grade, features } = fields;
    known.fields.rows!.push({ text, grade: grade!, ...(features && { features }) });
    found.set(query, known);
  }
  return [...found.values()];
}

/** @param withoutRows queries of the source that have no row */
export function queriesOf(examples: readonly Example[], withoutRows: number): NonNullable<DatasetReport['queries']> {
  const rows = examples.map(({ fields }) => fields.rows!);
  return {
    rows: rows.reduce((sum, { length }) => sum + length, 0),
    largest: rows.reduce((most, { length }) => Math.max(most, length), 0),
    withoutRelevant: rows.filter((own) => own.every(({ grade }) => grade === 0)).length,
    lostRelevant: rows.flat().filter(({ grade, lost }) => grade > 0 && lost).length,
    withoutRows,
  };
}
