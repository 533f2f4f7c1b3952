import { comparedMeasures, SweepKind } from '@rankforge/contracts';
import { z } from 'zod';

/** What the address of a leaderboard says; anything else in it is dropped. */
export const LeaderboardSearch = z.object({
  task: z.string().optional().catch(undefined),
  base: z.string().optional().catch(undefined),
  memoryBudgetMiB: z.number().positive().optional().catch(undefined),
  atMost: z.array(z.string()).optional().catch(undefined),
  cost: z
    .enum(comparedMeasures.map(({ name }) => name))
    .optional()
    .catch(undefined),
  margin: z.number().positive().optional().catch(undefined),
  metric: z.string().optional().catch(undefined),
  scenario: z.string().optional().catch(undefined),
  kind: SweepKind.optional().catch(undefined),
  by: z.enum(['method', 'configuration']).default('method').catch('method'),
});
