import { z } from 'zod';

export const privacySchema = z.strictObject({
  clip: z.number().positive().describe("Largest norm of a client's change; longer ones are scaled to it"),
  noise: z.number().min(0).describe('Standard deviation of the noise on the sum of changes, over the clip'),
  delta: z.number().positive().lt(1).default(1e-5).describe('The δ for which ε is said'),
});

export type Privacy = z.output<typeof privacySchema>;
