import { z } from 'zod';
import { askingBy } from '../slots/asking.js';
import { chunkFields, overlapIsLess, passagesOf, tooMuchOverlap } from '../stages/chunk.js';
import { composeFields, within } from '../stages/compose.js';
import { readerField } from '../stages/generate.js';
import { encodesTexts, retrieveFields, searchOf } from '../stages/retrieve.js';
import { answerFrom, answering, answeringFields } from './answering.js';
import { defineProcedure } from './procedure.js';

/** The passages that a search finds for a question as context. */
export const rag = defineProcedure({
  name: 'rag',
  title: 'Retrieval-augmented generation',
  summary: 'Searches passages of the documents for each question, and asks the generator with the best of them.',
  paper: {
    title: 'Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks',
    year: 2020,
    arxiv: '2005.11401',
  },
  evidence: {
    level: 'partial',
    reason:
      'searching and answering are not trained together: passages stand in the prompt, as most use the name today',
  },
  config: z
    .strictObject({ ...retrieveFields, ...chunkFields, reader: readerField, ...composeFields, ...answeringFields })
    .refine(overlapIsLess, tooMuchOverlap),
  part: {
    kind: 'answerer',
    async open(input) {
      const { config, segmenter } = input;
      const search = await searchOf(passagesOf(input, config), config, input);
      return async (question) => {
        const found = await search(question.search ?? question.question, config.topK);
        return answerFrom(input, question, { found: within(config.contextWords, found, segmenter) });
      };
    },
    calls: answering.calls,
    words: (config) => answering.words(config, Math.min(config.contextWords, config.topK * config.chunk), config.topK),
    ...askingBy(answering.changes),
    encodes: ({ retriever, chunk }) => (encodesTexts(retriever) ? chunk : 0),
  },
});
