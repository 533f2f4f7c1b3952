import { z } from 'zod';
import { attacked } from './attacked.js';
import { defineExamination, triggerFields } from './settings.js';
import { vocabularyOf } from './vocabulary.js';

/** Words by chance: what an attack has to beat. */
export const randomTrigger = defineExamination({
  name: 'random-trigger',
  title: 'Random trigger',
  summary: 'Puts words of the collection by chance before a document.',
  evidence: { level: 'full' },
  config: z.strictObject(triggerFields),
  examine(input) {
    const { config, collection, segmenter } = input;
    const words = vocabularyOf(collection, segmenter);
    return attacked(input, config, ({ random }) =>
      Array.from({ length: config.length }, () => words[random.integer(words.length)]!),
    );
  },
});
