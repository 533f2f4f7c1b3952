/** @file The audit trail: who did what, and when. */
import { z } from 'zod';
import { text } from './bounds.js';
import { Id, PageQuery, pageOf, Slug, Timestamp } from './common.js';
import { ProjectName } from './project.js';

/** What is recorded: the noun, then what was done to it. */
export const auditActions = [
  'sweep.create',
  'sweep.clone',
  'sweep.change',
  'sweep.extend',
  'sweep.priority',
  'sweep.cancel',
  'sweep.pause',
  'sweep.resume',
  'sweep.retry',
  'sweep.remove',
  'dataset.create',
  'dataset.delete',
  'adapter.import',
  'adapter.delete',
  'adapter.download',
  'artifact.download',
  'artifact.collect',
  'published.import',
  'runs.add',
  'runs.remove',
  'key.create',
  'key.change',
  'key.rotate',
  'key.revoke',
  'project.create',
  'project.change',
  'webhook.create',
  'webhook.change',
  'webhook.delete',
  'webhook.test',
  'generator.create',
  'generator.delete',
  'session.sign-in',
] as const;
export const AuditAction = z.enum(auditActions).meta({ id: 'AuditAction' });
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEntry = z
  .object({
    id: Id,
    at: Timestamp,
    action: AuditAction,
    actor: z.string().meta({ description: 'Name of the key or person, as it was then.' }),
    actorKeyId: Id.nullable(),
    project: ProjectName.nullable(),
    subject: z.string().nullable().meta({ description: 'Id of what it was done to.' }),
    detail: z.record(z.string(), z.unknown()),
    address: z.string().nullable().meta({ description: 'Where the request came from.' }),
    requestId: z.string().nullable().meta({ description: 'Finds the request in the log of the API.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = pageOf(AuditEntry).meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof AuditPage>;

export const AuditQuery = PageQuery.extend({
  action: AuditAction.optional(),
  subject: text(64).optional(),
  project: Slug.optional().meta({ description: 'For an admin of the installation; default: all of them.' }),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
