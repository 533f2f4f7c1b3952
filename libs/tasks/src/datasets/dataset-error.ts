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
}
