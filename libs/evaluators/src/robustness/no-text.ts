import { z } from 'zod';
import { auditFields, defineAudit } from './audit.js';

/** The model as it is: what every text is held against. */
export const noText = defineAudit({
  name: 'no-text',
  title: 'No text',
  summary: 'Leaves every product as it is: the recommendations that texts are held against.',
  evidence: { level: 'full' },
  config: z.strictObject(auditFields),
  text: async () => '',
});
