/** @file JSON: one list of objects, whose keys are the columns. */
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { cellsOf } from './jsonl.js';
import { wholeJson } from './whole-json.js';

/** @throws DatasetError where the file is no list; while rows are read, naming the row */
export async function openJson(source: Source): Promise<Table> {
  const value = await wholeJson(source);
  if (!Array.isArray(value)) {
    const problem = 'expected a list of objects, as [{"text": "…"}, …]; one object a line is jsonl';
    throw new DatasetError(source.name, undefined, '/file', problem);
  }
  const list: readonly unknown[] = value;
  const columns = new Set<string>();
  async function* rows(): AsyncGenerator<Row> {
    for (const [index, one] of list.entries()) {
      const where = `row ${index + 1}`;
      const cells = cellsOf(one, source, where);
      if (columns.size < limits.columns)
        for (const key of Object.keys(cells).slice(0, limits.columns)) columns.add(key);
      yield { where, cells };
    }
  }
  return { columns: () => [...columns], rows: rows() };
}
