import { secondBesideSpaces } from '@rankforge/peft/extension';
import { z } from 'zod';
import { anotherMethod, askingBy } from '../slots/asking.js';
import { defineProcedure } from './procedure.js';
import {
  candidatesField,
  chooseFields,
  documentField,
  promptOf,
  readWords,
  summarized,
  summarizing,
  writeFields,
  written,
} from './summarizing.js';

/** Several summaries drawn from one prompt, and a choice. */
export const sampledSummaries = defineProcedure({
  name: 'sampled-summaries',
  title: 'Sampled summaries, re-ranked',
  summary: 'Draws several summaries of the whole document from the generator, and chooses one.',
  evidence: { level: 'full' },
  config: z.strictObject({
    candidates: candidatesField,
    ...chooseFields,
    documentWords: documentField,
    ...writeFields,
    temperature: z
      .number()
      .min(0)
      .max(2)
      .default(1)
      .meta({ description: 'How freely summaries are drawn; at 0 all are one.' }),
  }),
  numbers: secondBesideSpaces,
  part: {
    kind: 'summarizer',
    async summarize(input) {
      const { config, document, segmenter } = input;
      const words = readWords(document, config.documentWords, segmenter);
      if (words.length === 0) return summarized(input, []);
      const prompt = promptOf(words, config, { segmenter });
      const candidates: { text: string }[] = [];
      while (candidates.length < config.candidates) {
        candidates.push({ text: await written(input, prompt, candidates.length) });
      }
      return summarized(input, candidates);
    },
    calls: (config) => summarizing.calls(config, true),
    words: (config) => summarizing.words(config),
    ...askingBy(() => [anotherMethod]),
  },
});
