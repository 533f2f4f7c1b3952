import { gradedTexts } from '../../src/data/graded.js';
import type { TaskData } from '../../src/data/task-data.js';
import type { TextOptions } from '../../src/data/text.js';
import { createRandom } from '../../src/tensor/random.js';

/** Texts whose words are the numbers of their tokens, between two special ones. */
export const numbered = (sequenceLength: number): TextOptions => ({
  encode: (text) => text.split(/\s+/).flatMap((word) => (word ? [Number(word)] : [])),
  frame: { before: [1], after: [2] },
  sequenceLength,
});

/**
 * Queries with four texts each, of which the first has the one word that makes a text relevant.
 *
 * @param words of a query and of a text
 * @param title words of the first line of a text; default: a text is one line
 */
export function wordedQueries({
  sequence,
  words: [ofQuery, ofText],
  queries = 8,
  title = 0,
}: {
  sequence: number;
  words: [query: number, text: number];
  queries?: number;
  title?: number;
}): TaskData {
  const random = createRandom(3);
  const some = (count: number) => Array.from({ length: count }, () => 4 + random.integer(60));
  const lines = (words: number[]) => [words.slice(0, title), words.slice(title)].filter(({ length }) => length > 0);
  const split = (count: number) =>
    gradedTexts(
      Array.from({ length: count }, () => ({
        query: some(ofQuery).join(' '),
        rows: Array.from({ length: 4 }, (_, row) => ({
          text: lines([...(row === 0 ? [3] : []), ...some(ofText)].slice(0, ofText))
            .map((words) => words.join(' '))
            .join('\n'),
          grade: row === 0 ? 1 : 0,
        })),
      })),
      numbered(sequence),
    );
  return { objective: 'ranking', train: split(queries), validation: split(4), test: split(4) };
}
