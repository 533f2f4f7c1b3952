/** @file Questions whose evidence stands in documents. */
import type { Split, Writing } from '../objectives/data.js';
import { placesOf } from '../text/places.js';
import type { GroundedQuestion, Request } from '../text/question.js';
import { bySpaces, type Segmenter, singleSpaced } from '../text/segmenter.js';
import { questions } from './questions.js';
import type { TextOptions } from './text.js';

export interface GroundedExample {
  prompt: string;
  /** All are right, and the first is learned. */
  answers: readonly string[];
  /** Texts of documents, or parts of them, in whole words. None: nobody said what the answers follow from. */
  evidence: readonly string[];
  /** The kind of text that is asked for. Absent: an answer. */
  request?: Request;
  /** Words that documents are searched by. Absent: the prompt. */
  search?: string;
}

/**
 * Every different document, and every evidence that is no part of one, as a document of its own.
 *
 * @param segmenter how they fall apart into words. Default: at white space
 */
export function libraryOf(
  examples: readonly Pick<GroundedExample, 'evidence'>[],
  documents: readonly string[],
  segmenter: Segmenter = bySpaces,
): string[] {
  const given = [...new Set(documents.map(singleSpaced))];
  const evidence = [...new Set(examples.flatMap((example) => example.evidence.map(singleSpaced)))];
  const known = placesOf(evidence, given, segmenter);
  return [...given, ...evidence.filter((text) => !known.has(text))];
}

/**
 * Questions with answers as `questions` has them, whose evidence is found in the documents.
 *
 * @throws RangeError naming an evidence that stands in no document
 */
export function groundedTexts(
  examples: readonly GroundedExample[],
  { documents, segmenter = bySpaces }: { documents: readonly string[]; segmenter?: Segmenter | undefined },
  options: TextOptions,
  writing: Writing,
): Split {
  const split = questions(
    examples.map(({ prompt, answers }) => ({ prompt: `${prompt}\n`, answers })),
    options,
    writing,
  );
  const spaced = examples.map(({ evidence }) => evidence.map(singleSpaced));
  const places = placesOf([...new Set(spaced.flat())], documents, segmenter);
  const grounded = examples.map(({ prompt, answers, request, search }, index): GroundedQuestion => {
    const evidence = spaced[index]!.map((text) => {
      const place = places.get(text);
      if (!place) throw new RangeError(`no document has the evidence "${text.slice(0, 80)}"`);
      return place;
    });
    return { question: prompt, right: answers, evidence, ...(request && { request }), ...(search && { search }) };
  });
  return { ...split, questions: { ...split.questions!, grounded: (index) => grounded[index]! } };
}
