/** @file A prompt that is put together from several columns of a row. */

/** A text in which names of columns stand in braces. */
export interface PromptTemplate {
  /** The columns that it names, each once. */
  columns: readonly string[];
  /** @param cells what stands in each of them; blank where a row has nothing there */
  render(cells: (column: string) => string): string;
}

/** Braces that are written twice stand for one, as in Python's `str.format`. */
const mark = /\{\{|\}\}|\{([^{}\n]+)\}|[{}]/g;

/**
 * Reads a template. A paragraph all of whose columns are blank is left out, and so is such a line of a paragraph, so that one template serves
 * rows with and without an optional column. White space in what stays is as it is written.
 *
 * @throws RangeError where a brace is of no name, or no column is named
 * @example promptTemplate('{instruction}\n{input}').render((column) => row[column]) // 'Add them.\n1 and 2'
 */
export function promptTemplate(text: string): PromptTemplate {
  const columns = new Set<string>();
  for (const [found, name] of text.matchAll(mark)) {
    if (name !== undefined) columns.add(name);
    else if (found.length === 1) {
      const problem = 'expected names of columns in braces, as in "{instruction}\\n{input}"';
      throw new RangeError(`a "${found}" stands alone: ${problem}, and "${found}${found}" for a brace itself`);
    }
  }
  if (columns.size === 0) throw new RangeError('names no column: write the name of one in braces, as {instruction}');
  const paragraphs = text.split('\n\n').map((paragraph) => paragraph.split('\n'));
  return {
    columns: [...columns],
    render(cells) {
      const stays = (part: string) => {
        const named = [...part.matchAll(mark)].flatMap(([, name]) => (name === undefined ? [] : [name]));
        return named.length === 0 || named.some((name) => cells(name).trim() !== '');
      };
      return paragraphs
        .filter((lines) => stays(lines.join('\n')))
        .map((lines) =>
          lines
            .filter(stays)
            .map((line) => filled(line, cells))
            .join('\n'),
        )
        .join('\n\n');
    },
  };
}

const filled = (line: string, cells: (column: string) => string): string =>
  line.replace(mark, (found, name?: string) => (name === undefined ? found[0]! : cells(name)));
