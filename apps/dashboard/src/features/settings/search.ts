import { z } from 'zod';

/** The choices of the settings of a sweep, as the address carries them. */
export const SettingsSearch = z.object({
  steps: z.number().int().positive().optional().catch(undefined),
  /** Place of the one method that is looked at. */
  method: z.number().int().nonnegative().optional().catch(undefined),
  logScale: z.boolean().optional().catch(undefined),
});
