import { z } from 'zod';
import { anotherMethod, askingBy } from '../slots/asking.js';
import { answerFrom, answering, answeringFields } from './answering.js';
import { defineProcedure } from './procedure.js';

/** Questions without any document. */
export const closedBook = defineProcedure({
  name: 'closed-book',
  title: 'Closed book',
  summary: 'Asks the generator each question without a document: what it knows by itself.',
  evidence: { level: 'full' },
  config: z.strictObject({
    reader: z
      .literal('generator')
      .default('generator')
      .meta({ description: 'Nobody else can answer without a document.' }),
    ...answeringFields,
  }),
  part: {
    kind: 'answerer',
    open: async (input) => (question) => answerFrom(input, question, { found: [] }),
    calls: answering.calls,
    words: (config) => answering.words(config, 0, 0),
    ...askingBy(() => [anotherMethod]),
  },
});
