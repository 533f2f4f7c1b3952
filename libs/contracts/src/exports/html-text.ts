const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it is, within an element or an attribute. @example htmlText('<b>') // '&lt;b&gt;' */
export const htmlText = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
