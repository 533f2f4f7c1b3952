import { z } from 'zod';

/** What the address of the standings says; anything else in it is dropped. */
export const StandingsSearch = z.object({
  base: z.string().optional().catch(undefined),
  memoryBudgetMiB: z.number().positive().optional().catch(undefined),
});
