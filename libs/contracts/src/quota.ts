/** @file What a project or a key may take, and what it takes. */
import { z } from 'zod';
import { whole } from './bounds.js';

const quota = (description: string) => whole(0).nullable().meta({ description });

/** What a project or a key may take at most; null does not bind. */
export const Quotas = z
  .object({
    maxRunningTrials: quota('Trials that run at once. Further ones wait.'),
    maxReservedMiB: quota('MiB of device memory that running trials have reserved at once. Further trials wait.'),
    maxStoredMiB: quota(
      'MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused.',
    ),
  })
  .meta({ id: 'Quotas' });
export type Quotas = z.infer<typeof Quotas>;

/** Quotas to set: those that are left out stay as they are. */
export const QuotaChange = z.strictObject(Quotas.shape).partial();
export type QuotaChange = z.infer<typeof QuotaChange>;

/** A change that names at least one quota. */
export const RealQuotaChange = QuotaChange.refine(
  (change) => Object.values(change).some((value) => value !== undefined),
  {
    error: `name at least one of ${Object.keys(Quotas.shape).join(', ')}`,
    // A quota that is not known is refused by its own name.
    when: ({ issues }) => issues.length === 0,
  },
);

/** What a project or a key takes now. */
export const Usage = z
  .object({
    runningTrials: z.number().int(),
    waitingTrials: z.number().int().meta({ description: 'Queued trials of running sweeps.' }),
    reservedBytes: z.number().meta({ description: 'Device memory that running trials have reserved.' }),
    storedBytes: z.number(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;
