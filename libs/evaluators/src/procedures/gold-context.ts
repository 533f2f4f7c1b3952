import { textOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { askingBy } from '../slots/asking.js';
import { composeFields, within } from '../stages/compose.js';
import { readerField } from '../stages/generate.js';
import { answerFrom, answering, answeringFields } from './answering.js';
import { defineProcedure } from './procedure.js';

/** The evidence itself as context: what a search that finds everything, and nothing else, would give. */
export const goldContext = defineProcedure({
  name: 'gold-context',
  title: 'Evidence as context',
  summary: 'Shows the evidence of each question and nothing else: what the reader makes of a perfect search.',
  evidence: { level: 'full' },
  config: z.strictObject({ reader: readerField, ...composeFields, ...answeringFields }),
  part: {
    kind: 'answerer',
    async open(input) {
      const { documents, segmenter } = input;
      return (question) => {
        const evidence = question.evidence.map((passage) => ({
          passage,
          text: textOf(segmenter.split(documents[passage.document]!), passage, segmenter),
        }));
        return answerFrom(input, question, { found: within(input.config.contextWords, evidence, segmenter) });
      };
    },
    calls: answering.calls,
    words: (config) => answering.words(config, config.contextWords, 8),
    ...askingBy(answering.changes),
  },
});
