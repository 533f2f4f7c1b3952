/** @file Texts of others, as names and messages, in a terminal: control characters and escape sequences would move its cursor or worse. */

/** Characters of C0, C1 and DEL but the tab and the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters are what is replaced.
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence begins with one.
const colour = /(\u001b\[\d*m)/;

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
