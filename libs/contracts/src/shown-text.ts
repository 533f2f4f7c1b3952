/** @file Texts of others, as names and messages, where people read them: in terminals, logs and reports. */

/**
 * Letters that change what stands around them in place of being read: control characters (ESC begins what a terminal obeys), and
 * those that end a line or turn its direction around.
 */
const letters = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Says why a text with one of them is refused. */
export const misleading =
  'must hold no control character and none that turns the direction of text around: they change how what stands beside it is read';

/** Whether a text holds a letter that may mislead whoever reads it. */
export const isMisleading = (text: string): boolean => text.search(letters) >= 0;

/**
 * A text with U+FFFD in the place of each letter that may mislead. Tabs and ends of lines stay.
 * @example printable('a\u0007b') // 'a\ufffdb'
 */
export const printable = (text: string): string =>
  text.replace(letters, (letter, at: number) => {
    const isKept = letter === '\n' || letter === '\t' || (letter === '\r' && text[at + 1] === '\n');
    return isKept ? letter : '\ufffd';
  });

/**
 * The same on one line, cut where it is longer.
 * @example shortened('tiny model', 5) // 'tiny…'
 */
export function shortened(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1).replace(/\p{Surrogate}$/u, '')}…` : text;
  return printable(cut.replaceAll(/\s+/g, ' '));
}

/**
 * A line of JSON, as loggers write, with each letter that may mislead as an escape of JSON, which reads back as the same text.
 * @example escapedLine('{"name":"a\u202eb"}\n') // '{"name":"a\\u202eb"}\n'
 */
export const escapedLine = (line: string): string =>
  line.replace(letters, (letter, at: number) =>
    letter === '\n' && at === line.length - 1 ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
