/** @file Texts of others, as names and messages, in a terminal: control characters and escape sequences would move its cursor or worse. */

/** Characters of C0, C1 and DEL but the tab and the end of a line. */
const controls = /(?![\t\n]|\r\n)\p{Cc}/gu;
const escapeCharacter = String.fromCodePoint(0x1b);
/** Bold, dim and the colours that this command line writes, and their ends. Others could hide a text, as black on black does. */
const colour = new RegExp(`(${escapeCharacter}\\[(?:[12]|22|3[1-6]|39)m)`);

/**
 * A text with U+FFFD in the place of each control character.
 *
 * @example printable('a\u0007b') // 'a\ufffdb'
 */
export const printable = (text: string): string => text.replaceAll(controls, '\ufffd');

/**
 * The same on one line: a text of several lines could look like lines of what it stands in.
 *
 * @example onOneLine('a\r\n  b') // 'a b'
 */
export const onOneLine = (text: string): string => printable(text.replaceAll(/\s*\n\s*/g, ' '));

/** The same as `printable`, of a text that was coloured: colours stay. */
export const printableInColour = (text: string): string =>
  text
    .split(colour)
    .map((part, at) => (at % 2 === 0 ? printable(part) : part))
    .join('');
