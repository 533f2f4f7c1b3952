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
  }
}

/** Several rows that cannot be read: the first of them, and how many there are. */
export class RowErrors extends DatasetError {
  /**
   * @param rows the first of them, one at least
   * @param of how many there are, and how many of them have an empty cell
   * @param atLeast whether reading ended with the last of them
   */
  constructor(
    readonly rows: readonly RowError[],
    { count, empty }: { count: number; empty: number },
    atLeast = false,
  ) {
    const named = count > rows.length ? `; the first ${rows.length} are named` : '';
    const advice = empty > 0 ? `; skipEmpty (--skip-empty) leaves out those with an empty cell, ${empty} of them` : '';
    const said = `${atLeast ? 'at least ' : ''}${count} rows cannot be read${named}${advice}`;
    super(rows[0]!.file, undefined, '/file', said);
  }

  override get problems(): readonly Pick<DatasetError, 'field' | 'message'>[] {
    return [{ field: this.field, message: this.message }, ...this.rows];
  }
}
