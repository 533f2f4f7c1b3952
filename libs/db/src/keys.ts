/** @file API keys: made and revoked by the command line, looked up by the API. */
import { createHash, randomBytes } from 'node:crypto';
import type { KeyView, Role } from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';

const shownCharacters = 11;

/** What is stored of a secret: its SHA-256 as hex. */
export function hashKeySecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * Makes a key. Its secret is returned here and can never be read again.
 *
 * @example const { key, secret } = await createKey(db, { name: 'ci', role: 'submitter' });
 */
export async function createKey(
  db: Database,
  key: { name: string; role: Role },
): Promise<{ key: KeyView; secret: string }> {
  const secret = `rf_${randomBytes(32).toString('base64url')}`;
  const row = await db.apiKey.create({
    data: { id: uuidv7(), ...key, prefix: secret.slice(0, shownCharacters), hash: hashKeySecret(secret) },
  });
  return { key: viewKey(row), secret };
}

/** All keys, newest first, revoked ones included. */
export async function listKeys(db: Database): Promise<KeyView[]> {
  const rows = await db.apiKey.findMany({ orderBy: { createdAt: 'desc' } });
  return rows.map(viewKey);
}

/** Revokes a key for good; one revoked before stays as it was. Undefined when there is no such key. */
export async function revokeKey(db: Database, id: string): Promise<KeyView | undefined> {
  await db.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
  const row = await db.apiKey.findUnique({ where: { id } });
  return row ? viewKey(row) : undefined;
}

type KeyRow = Awaited<ReturnType<Database['apiKey']['findFirstOrThrow']>>;

function viewKey(row: KeyRow): KeyView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
