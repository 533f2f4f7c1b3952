/** @file The audit trail: rows are added here, and never changed. */
import type { AuditAction } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';
import type { Prisma } from './generated/client.js';

export interface AuditRecord {
  action: AuditAction;
  actor: string;
  actorKeyId?: string | null;
  projectId?: string | null;
  subject?: string | null;
  detail?: Prisma.InputJsonObject;
  address?: string;
  requestId?: string;
}

/** @example await recordAudit(db, { action: 'key.revoke', actor: 'command line', subject: key.id }); */
export async function recordAudit(db: Database | Prisma.TransactionClient, record: AuditRecord): Promise<void> {
  await db.audit.create({ data: { id: uuidv7(), ...record } });
}
