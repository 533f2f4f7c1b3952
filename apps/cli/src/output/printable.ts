/** @file Texts of others, as names and messages, in a terminal: control characters and escape sequences would move its cursor or worse. */

/** Characters of C0, C1 and DEL but the tab and the end of a line. */
const controls = /(?![\t\n]|\r\n)\p{Cc}/gu;
const escapeCharacter = String.fromCodePoint(0x1b);
const colour = new RegExp(`(${escapeCharacter}\\[\\d*m)`);

/**
 * A text with U+FFFD in the place of each control character.
 *
 * @example printable('a\u0007b') // 'a\ufffdb'
 */
export const printable = (text: string): string => text.replaceAll(controls, '\ufffd');

/** The same, of a text that was coloured: colours stay. */
export const printableInColour = (text: string): string =>
  text
    .split(colour)
    .map((part, at) => (at % 2 === 0 ? printable(part) : part))
    .join('');
