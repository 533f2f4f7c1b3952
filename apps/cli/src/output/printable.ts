/** @file Texts of others in a terminal, which obeys some of their characters. */
import { printable } from '@rankforge/contracts/shown-text';

const escapeCharacter = String.fromCodePoint(0x1b);
/** Bold, dim and the colours that this command line writes, and their ends. Others could hide a text, as black on black does. */
const colour = new RegExp(`(${escapeCharacter}\\[(?:[12]|22|3[1-6]|39)m)`);

/**
 * A printable text on one line: a text of several lines could look like lines of what it stands in.
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
