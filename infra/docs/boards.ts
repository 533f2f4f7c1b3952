/** @file The boards that the documentation shows: tables with intervals, read from its pages. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A page with boards, and the names of what has a row on one of them. */
export interface BoardPage {
  /** File name, e.g. `minilm.md`. */
  file: string;
  /** The first heading. */
  title: string;
  contenders: ReadonlySet<string>;
}

/** Columns that say what competes; a cell like `lora + lora-plus` names two, and one like `prp, sorting` a setting behind the name. */
const naming = /^(method|optimizer|contender|strategy|procedure)$/;

/** Pages of `folder` with at least one table that has a column of intervals and one that says what competes. */
export async function boardPages(folder: string): Promise<BoardPage[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  const pages = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      const contenders = new Set(tablesOf(text).flatMap(contendersOf));
      return { file, title: /^# (.+)$/m.exec(text)?.[1] ?? file, contenders };
    }),
  );
  return pages.filter(({ contenders }) => contenders.size > 0);
}

/** Tables of a text, as rows of cells. The second row, of dashes, is left out. */
function tablesOf(text: string): string[][][] {
  return [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split('\n')
      .filter((_, index) => index !== 1)
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
}

function contendersOf([head = [], ...rows]: string[][]): string[] {
  if (!head.some((cell) => cell.includes('interval'))) return [];
  const columns = head.flatMap((cell, index) => (naming.test(cell) ? [index] : []));
  const names = (cell: string) => cell.replaceAll('`', '').split(',')[0]!.split(' + ');
  return rows.flatMap((row) => columns.flatMap((column) => names(row[column] ?? '')));
}
