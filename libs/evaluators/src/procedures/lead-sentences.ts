import { joined, secondBesideSpaces } from '@rankforge/peft/extension';
import { z } from 'zod';
import { askingBy } from '../slots/asking.js';
import { sentencesOf } from '../text/clauses.js';
import { defineProcedure } from './procedure.js';
import { documentField, readWords } from './summarizing.js';

/** The first sentences of a document, which news articles are hard to beat by. */
export const leadSentences = defineProcedure({
  name: 'lead-sentences',
  title: 'First sentences (lead-3)',
  summary: 'Takes the first sentences of the document for its summary.',
  evidence: { level: 'full' },
  config: z.strictObject({
    sentences: z.number().int().min(1).max(100).default(3).meta({ description: 'Sentences that are taken.' }),
    documentWords: documentField,
  }),
  numbers: secondBesideSpaces,
  part: {
    kind: 'summarizer',
    async summarize({ document, segmenter, config }) {
      const words = readWords(document, config.documentWords, segmenter);
      const to = sentencesOf(words, segmenter).slice(0, config.sentences).at(-1)?.to ?? 0;
      return { candidates: [{ text: joined(words.slice(0, to), segmenter) }], chosen: 0 };
    },
    calls: () => 0,
    words: () => 0,
    ...askingBy(() => []),
  },
});
