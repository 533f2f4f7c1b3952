import { printable } from '../shown-text.js';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it is, within an element or an attribute. @example htmlText('<b>') // '&lt;b&gt;' */
export const htmlText = (text: string): string =>
  printable(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);
