/** @file The removal of a sweep: what goes, what stays, and what stands in its way. */
import { z } from 'zod';
import { Id } from './common.js';

/** Something that stands on a sweep, so that it is not removed. */
export const RemovalObstacle = z
  .object({
    what: z.enum(['state', 'sweep', 'generator']).meta({
      description:
        'state: the sweep itself is not over. sweep: another one starts from a model of it, or names one of its trainings. generator: it writes with the adapter of one.',
    }),
    id: Id.meta({ description: 'Of what stands on it; for a state the sweep itself.' }),
    name: z.string(),
    says: z.string().meta({ description: 'What to do about it, in words.' }),
  })
  .meta({ id: 'RemovalObstacle' });
export type RemovalObstacle = z.infer<typeof RemovalObstacle>;

/** Sweeps that took results of a removed one. */
export const KeptFor = z.array(z.object({ id: Id, name: z.string() }));

/** What the removal of a sweep comes to; the answer of the removal itself has what went, or goes in the background. */
export const SweepRemoval = z
  .object({
    id: Id,
    name: z.string(),
    task: z.string(),
    base: z.string(),
    trials: z.number().int().meta({ description: 'Trials that go, with their attempts, logs, metrics and files.' }),
    keptTrials: z.number().int().meta({
      description:
        'Trials whose results other sweeps took, and those that these came from: they stay, unseen, until those sweeps go as well.',
    }),
    keptFor: KeptFor.meta({ description: 'Sweeps that took results of it, at most 20, newest first.' }),
    attempts: z.number().int(),
    metricPoints: z.number().int(),
    files: z.number().int().meta({ description: 'Stored files that nothing else names.' }),
    fileBytes: z.number().int().meta({ description: 'Freed on disk by the next collections of files.' }),
    rowBytes: z.number().int().meta({
      description: 'Of rows in PostgreSQL, estimated: PostgreSQL fills the room anew, and returns it seldom.',
    }),
    obstacles: z.array(RemovalObstacle).meta({ description: 'Empty where it can be removed; at most 20 of each.' }),
  })
  .meta({ id: 'SweepRemoval' });
export type SweepRemoval = z.infer<typeof SweepRemoval>;
