/** What is wrong with a data set: the file, where in it, and the field of the request that it is about. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';

  /**
   * @param file as the user knows it
   * @param where e.g. `line 3`, or undefined for the whole file
   * @param field JSON pointer into the request, e.g. `/mapping/text`; `/file` for the file itself
   * @example new DatasetError('a.csv', 'line 3', '/file', 'a quote is not closed').message // 'a.csv, line 3: a quote is not closed'
   */
  constructor(
    readonly file: string,
    readonly where: string | undefined,
    readonly field: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}${where ? `, ${where}` : ''}: ${problem}`, options);
  }

  /** Everything that is wrong, each with its field: this alone, unless rows were read on behind the first that is wrong. */
  get problems(): readonly Pick<DatasetError, 'field' | 'message'>[] {
    return [this];
  }
}

/** A row that cannot be read, behind which others may be. */
export class RowError extends DatasetError {
  /** @param isEmpty because a cell of it is empty */
  constructor(
    file: string,
    where: string,
    field: string,
    problem: string,
    readonly isEmpty = false,
  ) {
    super(file, where, field, problem);
    // A place is a row, and mostly its column.
    const [row, ...column] = where.split(', ');
    this.row = row!;
    this.problem = [...column, problem].join(': ');
  }

  /** Where the row stands, e.g. `line 3`. */
  readonly row: string;
  /** What is wrong, which other rows may share. */
  readonly problem: string;
}

/** Rows that the same is wrong with: the first of them, and how many there are. */
export interface AlikeRows {
  first: readonly [RowError, ...RowError[]];
  count: number;
}

/** Several rows that cannot be read: what is wrong with them, each once with the first rows. */
export class RowErrors extends DatasetError {
  /**
   * @param alike the first things that are wrong, one at least
   * @param of how many rows there are, and how many of them have an empty cell
   * @param atLeast whether reading ended with the last of them
   */
  constructor(
    private readonly alike: readonly [AlikeRows, ...AlikeRows[]],
    private readonly of: { count: number; empty: number },
    atLeast = false,
  ) {
    const named = alike.reduce((sum, { count }) => sum + count, 0);
    const rest = named < of.count ? `; what is wrong with the first ${named} is named` : '';
    const said = `${atLeast ? 'at least ' : ''}${of.count} rows cannot be read${rest}`;
    super(alike[0].first[0].file, undefined, '/file', said);
  }

  override get problems(): readonly Pick<DatasetError, 'field' | 'message'>[] {
    const { empty } = this.of;
    const advice = { field: '/skipEmpty', message: `${empty} of these rows have an empty cell, which this leaves out` };
    return [
      { field: this.field, message: this.message },
      ...(empty > 0 ? [advice] : []),
      ...this.alike.map(({ first, count }) => (count === 1 ? first[0] : told(first, count))),
    ];
  }
}

/** @example told(rows, 30).message // 'a.csv, 30 rows (line 3, line 4, line 7, line 8, line 9 and 25 more), column "text": is empty' */
function told(first: AlikeRows['first'], count: number): Pick<DatasetError, 'field' | 'message'> {
  const [{ file, field, problem }] = first;
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  const rows = first.map(({ row }) => row).join(', ');
  const separator = problem.startsWith('column "') ? ', ' : ': ';
  return { field, message: `${file}, ${count} rows (${rows}${more})${separator}${problem}` };
}
