import { z } from 'zod';

export const MemoryBudget = z.number().positive();

/** What the address of the standings says; anything else in it is dropped. */
export const StandingsSearch = z.object({
  base: z.string().optional().catch(undefined),
  memoryBudgetMiB: MemoryBudget.optional().catch(undefined),
});
