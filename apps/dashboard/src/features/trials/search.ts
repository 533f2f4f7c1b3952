import { TrialKind, TrialSort, TrialState } from '@rankforge/contracts';
import { z } from 'zod';

/** Filters and order of the trials table, as the address carries them. */
export const TrialTableSearch = z.object({
  state: z.array(TrialState).optional().catch(undefined),
  kind: TrialKind.optional().catch(undefined),
  method: z.string().optional().catch(undefined),
  optimizer: z.string().optional().catch(undefined),
  rank: z.number().int().positive().optional().catch(undefined),
  seed: z.number().int().nonnegative().optional().catch(undefined),
  sort: TrialSort.optional().catch(undefined),
});
