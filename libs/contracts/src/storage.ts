/** @file The use of storage. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';
import { ProjectName } from './project.js';
import { SweepState } from './sweep.js';

/** What bytes are of. Files: adapters to predictions, data sets and base models; rows of PostgreSQL: metrics, logs, trials and events. */
export const storageKinds = [
  'adapters',
  'checkpoints',
  'predictions',
  'datasets',
  'bases',
  'metrics',
  'logs',
  'trials',
  'events',
] as const;
export const StorageKind = z.enum(storageKinds).meta({ id: 'StorageKind' });
export type StorageKind = z.infer<typeof StorageKind>;

const bytes = z.number().int();

/** What the installation, or a project, stores: bytes by kind, by project and by sweep. */
export const StorageReport = z
  .object({
    kinds: z.array(z.object({ kind: StorageKind, bytes })).meta({
      description:
        'Largest first. A file that several rows name is counted once. Base models and events are of the whole installation, and in its report alone.',
    }),
    projects: z
      .array(ProjectName.extend({ fileBytes: bytes, rowBytes: bytes }))
      .meta({ description: 'Largest first; a file that two projects have counts in both.' }),
    sweeps: z
      .array(
        z.object({
          id: Id,
          name: z.string(),
          project: ProjectName,
          state: SweepState,
          removed: z
            .boolean()
            .meta({ description: 'What is left of it goes in the background, or is kept for other sweeps.' }),
          fileBytes: bytes.meta({ description: 'A file that two sweeps have counts in both.' }),
          rowBytes: bytes.meta({ description: 'Its share of the tables of PostgreSQL, estimated.' }),
        }),
      )
      .meta({ description: 'Largest first, as many as were asked for.' }),
    databaseBytes: bytes.nullable().meta({ description: 'Of the whole database; null in the report of a project.' }),
    disk: z.object({ bytes, freeBytes: bytes }).nullable().meta({
      description: 'The disk that files are stored on; null in the report of a project, or where it cannot be asked.',
    }),
  })
  .meta({ id: 'StorageReport' });
export type StorageReport = z.infer<typeof StorageReport>;

export const StorageQuery = z.strictObject({
  sweeps: wholeText(1, 500).default(20).meta({ description: 'How many sweeps are listed.' }),
});
export type StorageQuery = z.infer<typeof StorageQuery>;
