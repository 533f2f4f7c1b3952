/**
 * @file Tables whose cells are parted by tabs: no cell is quoted. The first row names the columns, but where it is of numbers alone it is a
 * row like the others, and columns are called 1, 2, and so on, as in MovieLens' `u.data`.
 */
import { DatasetError } from '../dataset-error.js';
import { limits, type Row, type Source, type Table } from '../source.js';
import { checkedColumns } from './csv.js';
import { linesOf } from './jsonl.js';

/** @throws DatasetError (while rows are read) naming the line */
export async function openTsv(source: Source): Promise<Table> {
  let columns: readonly string[] = [];
  async function* rows(): AsyncGenerator<Row> {
    let line = 0;
    for await (const text of linesOf(source, limits.rowCharacters)) {
      line += 1;
      if (text.trim() === '') continue;
      const cells = text.replace(/\r$/, '').split('\t');
      if (columns.length === 0) {
        const isRow = cells.every((cell) => cell.trim() !== '' && Number.isFinite(Number(cell)));
        columns = checkedColumns(isRow ? cells.map((_, place) => String(place + 1)) : cells, source);
        if (!isRow) continue;
      }
      if (cells.length !== columns.length) {
        const problem = `the row has ${cells.length} cells, and there are ${columns.length} columns`;
        throw new DatasetError(source.name, `line ${line}`, '/file', problem);
      }
      yield { where: `line ${line}`, cells: Object.fromEntries(cells.map((cell, place) => [columns[place]!, cell])) };
    }
  }
  return { columns: () => columns, rows: rows() };
}
