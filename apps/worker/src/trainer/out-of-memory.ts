/** @file How engines and V8 say that memory ran out. */
const phrases =
  /out of memory|\bOOM\b|Array buffer allocation failed|Cannot enlarge memory|Invalid typed array length|memory allocation of \d+ bytes failed/i;

/** True for the text of an error, or a line of standard error, that says so. */
export function saysOutOfMemory(text: string): boolean {
  return phrases.test(text);
}
