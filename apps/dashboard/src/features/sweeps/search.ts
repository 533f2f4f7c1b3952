import { SweepQuery, SweepTags } from '@rankforge/contracts';
import { z } from 'zod';

/** Filters of the list of sweeps, as the address carries them. */
export const SweepsSearch = z.object({
  state: SweepQuery.shape.state.catch(undefined),
  search: SweepQuery.shape.search.catch(undefined),
  tag: SweepTags.optional().catch(undefined),
});
