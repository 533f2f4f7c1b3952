/** @file Places of texts within documents. */
import type { Passage } from './chunks.js';
import { joined, type Segmenter } from './segmenter.js';

/** Characters at the begin of a text by which documents are looked through for it. */
const BEGIN = 24;
const FACTOR = 31;

/**
 * The first document that has a text as a run of its words, and where. Documents are read once for all texts: what a rolling hash of
 * their characters proposes is compared (Karp and Rabin 1987, doi 10.1147/rd.312.0249).
 *
 * @param texts different ones, with single spaces, as `documents` have them
 * @returns by text; those that stand in no document are left out
 */
export function placesOf(
  texts: readonly string[],
  documents: readonly string[],
  segmenter: Segmenter,
): Map<string, Passage> {
  const { between } = segmenter;
  const framed = (text: string) => `${between}${text}${between}`;
  const found = new Map<string, Passage>();
  const wholes = new Map<string, number>();
  for (const [document, text] of documents.entries()) if (!wholes.has(text)) wholes.set(text, document);
  const within: string[] = [];
  for (const text of texts) {
    const document = wholes.get(text);
    if (document === undefined) within.push(text);
    else found.set(text, { document, from: 0, to: segmenter.split(text).length });
  }
  const begins = beginsOf(within.filter((text) => text !== '').map(framed));
  for (const [document, text] of documents.entries()) {
    for (const { at, whole } of occurrences(framed(text), begins)) {
      const own = whole.slice(between.length, whole.length - between.length);
      if (!found.has(own)) found.set(own, passageOf({ document, at, length: own.length }, text, segmenter));
    }
  }
  return found;
}

/** Texts by the hash of their begins, by the length of these. */
type Begins = Map<number, Map<number, string[]>>;

const hashOf = (text: string, length: number): number => {
  let hash = 0;
  for (let at = 0; at < length; at++) hash = (Math.imul(hash, FACTOR) + text.charCodeAt(at)) | 0;
  return hash;
};

function beginsOf(texts: readonly string[]): Begins {
  const begins: Begins = new Map();
  for (const text of texts) {
    const length = Math.min(BEGIN, text.length);
    const ofLength = begins.get(length) ?? new Map<number, string[]>();
    begins.set(length, ofLength);
    const hash = hashOf(text, length);
    const alike = ofLength.get(hash);
    if (alike) alike.push(text);
    else ofLength.set(hash, [text]);
  }
  return begins;
}

/** Texts that a document has, each with the place of its first character in the document. */
function* occurrences(document: string, begins: Begins): Generator<{ at: number; whole: string }> {
  for (const [length, ofLength] of begins) {
    if (document.length < length) continue;
    let leaving = 1;
    for (let power = 1; power < length; power++) leaving = Math.imul(leaving, FACTOR);
    let hash = hashOf(document, length);
    for (let at = 0; ; at++) {
      const alike = ofLength.get(hash);
      if (alike) for (const whole of alike) if (document.startsWith(whole, at)) yield { at, whole };
      if (at + length >= document.length) break;
      hash = (hash - Math.imul(document.charCodeAt(at), leaving)) | 0;
      hash = (Math.imul(hash, FACTOR) + document.charCodeAt(at + length)) | 0;
    }
  }
}

/** Words of a document that some of its characters stand in. */
function passageOf(
  { document, at, length }: { document: number; at: number; length: number },
  text: string,
  segmenter: Segmenter,
): Passage {
  const words = segmenter.split(text);
  let end = 0;
  const ends = words.map((word) => {
    end += word.length;
    const own = end;
    end += segmenter.between.length;
    return own;
  });
  const from = ends.findIndex((one) => one > at);
  const last = ends.findIndex((one) => one >= at + length);
  return { document, from, to: (last < 0 ? words.length - 1 : last) + 1 };
}

/** The text of a passage of a document that is apart into words. */
export const textOf = (words: readonly string[], { from, to }: Passage, segmenter: Segmenter): string =>
  joined(words.slice(from, to), segmenter);
