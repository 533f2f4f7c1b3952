/** Between two sentences. A plain rule and not `Intl.Segmenter`, whose answers change with the ICU of the Node version. */
const SENTENCE_BREAK = /(?<=[.!?]["'”’)]*)\s+(?=["“‘(]?[A-Z])/;

/**
 * A text in passages of whole sentences, each sentence on one line. A passage ends with the sentence that reaches so many characters.
 * @example passagesOf('One. Two. Three.', 8) // [['One.', 'Two.'], ['Three.']]
 */
export function passagesOf(text: string, characters: number): string[][] {
  const found: string[][] = [];
  let passage: string[] = [];
  let length = 0;
  for (const sentence of text.trim().split(SENTENCE_BREAK)) {
    passage.push(sentence.replace(/\s+/g, ' '));
    length += sentence.length;
    if (length < characters) continue;
    found.push(passage);
    passage = [];
    length = 0;
  }
  return passage.length === 0 ? found : [...found, passage];
}
