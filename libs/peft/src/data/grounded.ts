/** @file Questions whose evidence stands in documents. */
import type { Split, Writing } from '../objectives/data.js';
import type { GroundedQuestion } from '../slots/answerer.js';
import { type Passage, whiteSpaced } from '../text/chunks.js';
import { questions } from './questions.js';
import type { TextOptions } from './text.js';

export interface GroundedExample {
  prompt: string;
  /** All are right, and the first is learned. */
  answers: readonly string[];
  /** Texts of documents, or parts of them, in whole words. */
  evidence: readonly string[];
}

const singleSpaced = (text: string): string => whiteSpaced(text).join(' ');

/** Every different document, and every evidence that is no part of one, as a document of its own. */
export function libraryOf(
  examples: readonly Pick<GroundedExample, 'evidence'>[],
  documents: readonly string[],
): string[] {
  const given = [...new Set(documents.map(singleSpaced))];
  const whole = new Set(given);
  const evidence = [...new Set(examples.flatMap((example) => example.evidence.map(singleSpaced)))];
  return [...given, ...evidence.filter((text) => !whole.has(text) && placeOf(text, given) === undefined)];
}

/** The first document that has a text as a run of its words. */
function placeOf(text: string, documents: readonly string[]): Passage | undefined {
  for (const [document, whole] of documents.entries()) {
    const at = ` ${whole} `.indexOf(` ${text} `);
    if (at < 0) continue;
    const from = at === 0 ? 0 : whole.slice(0, at - 1).split(' ').length;
    return { document, from, to: from + text.split(' ').length };
  }
  return undefined;
}

/**
 * Questions with answers as `questions` has them, whose evidence is found in the documents.
 *
 * @throws RangeError naming an evidence that stands in no document
 */
export function groundedTexts(
  examples: readonly GroundedExample[],
  documents: readonly string[],
  options: TextOptions,
  writing: Writing,
): Split {
  const split = questions(
    examples.map(({ prompt, answers }) => ({ prompt: `${prompt}\n`, answers })),
    options,
    writing,
  );
  const wholes = new Map(documents.map((text, document) => [text, document]));
  const passageOf = (evidence: string): Passage => {
    const text = singleSpaced(evidence);
    const whole = wholes.get(text);
    const found = whole === undefined ? placeOf(text, documents) : undefined;
    if (found) return found;
    if (whole === undefined) throw new RangeError(`no document has the evidence "${text.slice(0, 80)}"`);
    return { document: whole, from: 0, to: whiteSpaced(text).length };
  };
  const grounded = examples.map(
    ({ prompt, answers, evidence }): GroundedQuestion => ({
      question: prompt,
      right: answers,
      evidence: evidence.map(passageOf),
    }),
  );
  return { ...split, questions: { ...split.questions!, grounded: (index) => grounded[index]! } };
}
