import { z } from 'zod';
import { attacked } from './attacked.js';
import { defineExamination, triggerFields } from './settings.js';

/** Words of the query itself: the attack that needs no model and that everybody sees. */
export const queryCopy = defineExamination({
  name: 'query-copy',
  title: 'Copy of the query',
  summary: 'Puts the first words of the query before a document.',
  evidence: { level: 'full' },
  config: z.strictObject(triggerFields),
  examine: (input) =>
    attacked(input, input.config, ({ query }) => input.segmenter.terms(query, 'none').slice(0, input.config.length)),
});
