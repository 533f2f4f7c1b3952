import { z } from 'zod';
import { attacked } from './attacked.js';
import { defineExamination, examinationFields, topField } from './settings.js';

/** The ranker as it is: what every attack is held against. */
export const noAttack = defineExamination({
  name: 'no-attack',
  title: 'No attack',
  summary: 'Leaves every document as it is: the order that attacks are held against.',
  evidence: { level: 'full' },
  config: z.strictObject({ ...examinationFields, ...topField }),
  examine: (input) => attacked(input, input.config, () => []),
});
