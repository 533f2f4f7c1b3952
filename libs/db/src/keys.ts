/** @file API keys: made, rotated and revoked by the command line and the API, looked up by the API. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  defaultProject,
  type KeyView,
  type KeyWithSecret,
  type QuotaChange,
  type Role,
  type Usage,
} from '@rankforge/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './client.js';
import type { Prisma } from './generated/client.js';
import { noUsage, readUsage, viewQuotas } from './quotas.js';

type Sql = Database | Prisma.TransactionClient;

const shownCharacters = 11;
const withProject = { project: { select: { id: true, name: true } } } satisfies Prisma.ApiKeyInclude;
type KeyRow = Prisma.ApiKeyGetPayload<{ include: typeof withProject }>;

/** What is stored of a secret: its SHA-256 as hex. */
export function hashKeySecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** True if both are one text; it takes as long whatever they share. @example isSameSecret(given, settings.metricsToken) */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A key to be made. */
export interface NewKey {
  name: string;
  role: Role;
  /** Null: an admin of the whole installation. Default: null for an admin, else the project `default`. */
  projectId?: string | null;
  expiresAt?: Date;
  /** Default: none. */
  quotas?: QuotaChange;
}

/**
 * Makes a key. Its secret is returned here and can never be read again.
 *
 * @example const { key, secret } = await createKey(db, { name: 'ci', role: 'submitter' });
 */
export async function createKey(
  db: Sql,
  { name, role, projectId, expiresAt, quotas = {} }: NewKey,
): Promise<KeyWithSecret> {
  const secret = newSecret();
  const row = await db.apiKey.create({
    data: {
      id: uuidv7(),
      name,
      role,
      projectId: projectId === undefined ? (role === 'admin' ? null : defaultProject.id) : projectId,
      ...storedSecret(secret),
      ...(expiresAt ? { expiresAt } : {}),
      ...given(quotas),
    },
    include: withProject,
  });
  return { key: viewKey(row, noUsage), secret };
}

/** Sets quotas of a key; those that are left out stay. Undefined when there is no such key. */
export async function setKeyQuotas(db: Sql, id: string, quotas: QuotaChange): Promise<KeyView | undefined> {
  await db.apiKey.updateMany({ where: { id }, data: given(quotas) });
  return findKey(db, id);
}

const given = (quotas: QuotaChange) =>
  Object.fromEntries(Object.entries(quotas).filter(([, value]) => value !== undefined));

async function findKey(db: Sql, id: string): Promise<KeyView | undefined> {
  const row = await db.apiKey.findUnique({ where: { id }, include: withProject });
  return row ? viewKey(row, (await readUsage(db, 'key', id)).get(id) ?? noUsage) : undefined;
}

/**
 * Keys, newest first, revoked ones included.
 * @param projectId omitted: those of every project and of the installation
 */
export async function listKeys(db: Sql, projectId?: string): Promise<KeyView[]> {
  const rows = await db.apiKey.findMany({
    where: projectId === undefined ? {} : { projectId },
    include: withProject,
    orderBy: { createdAt: 'desc' },
  });
  const usage = await readUsage(db, 'key');
  return rows.map((row) => viewKey(row, usage.get(row.id) ?? noUsage));
}

/** A key whose end has come: a new secret would open nothing. */
export class KeyEndedError extends Error {
  override readonly name = 'KeyEndedError';
  constructor(
    id: string,
    readonly endedAt: Date,
  ) {
    super(`key ${id} ended at ${endedAt.toISOString()}, so that a new secret would not work`);
  }
}

/**
 * Gives a key a new secret; the one it had works until the overlap is over, and the one before that no longer.
 *
 * @param of.expiresAt the end of the key from now on; omitted: the end it had
 * @returns undefined when there is no such key, or it is revoked
 * @throws KeyEndedError when its end is not in the future
 * @example const rotated = await rotateKey(db, id, { overlapHours: 24 });
 */
export async function rotateKey(
  db: Sql,
  id: string,
  { overlapHours, expiresAt }: { overlapHours: number; expiresAt?: Date },
): Promise<KeyWithSecret | undefined> {
  const secret = newSecret();
  const { prefix, hash } = storedSecret(secret);
  // One statement, so that of two rotations at once each replaces the secret the other made.
  const changed = await db.$executeRaw`
    UPDATE "ApiKey" SET "previousHash" = CASE WHEN ${overlapHours}::float8 > 0 THEN "hash" END,
      "previousEndsAt" = CASE WHEN ${overlapHours}::float8 > 0
        THEN clock_timestamp() + make_interval(secs => ${overlapHours}::float8 * 3600) END,
      "hash" = ${hash}, "prefix" = ${prefix}, "rotatedAt" = clock_timestamp(),
      "expiresAt" = COALESCE(${expiresAt ?? null}::timestamptz, "expiresAt")
    WHERE "id" = ${id}::uuid AND "revokedAt" IS NULL
      AND COALESCE(COALESCE(${expiresAt ?? null}::timestamptz, "expiresAt") > clock_timestamp(), true)`;
  if (changed === 0) return refuseEnded(db, id, expiresAt);
  return { key: (await findKey(db, id))!, secret };
}

/** Undefined where the key is not there or revoked. @throws KeyEndedError where it is only over */
async function refuseEnded(db: Sql, id: string, expiresAt: Date | undefined): Promise<undefined> {
  const key = await db.apiKey.findUnique({ where: { id }, select: { revokedAt: true, expiresAt: true } });
  const end = expiresAt ?? key?.expiresAt;
  if (key && !key.revokedAt && end) throw new KeyEndedError(id, end);
}

/** Revokes a key for good, both its secrets; one revoked before stays as it was. Undefined when there is no such key. */
export async function revokeKey(db: Sql, id: string): Promise<KeyView | undefined> {
  await db.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
  return findKey(db, id);
}

/** A key that may be used now, by its secret. Expiry and overlap are judged by the clock of the database. */
export interface UsableKey {
  id: string;
  name: string;
  role: Role;
  project: { id: string; name: string } | null;
}

/**
 * The key a secret opens now: not one that is revoked or has ended. Notes its use, once a minute at most; nobody waits for that, or is
 * refused since a server that is read only did not take it.
 * @param hash of the secret, see `hashKeySecret`
 * @param notNoted hears why a use could not be noted
 */
export async function findUsableKey(
  db: Sql,
  hash: string,
  notNoted: (error: unknown) => void = () => undefined,
): Promise<UsableKey | undefined> {
  const [row] = await db.$queryRaw<
    { id: string; name: string; role: Role; projectId: string | null; project: string | null; stale: boolean }[]
  >`
    SELECT k."id", k."name", k."role"::text AS "role", k."projectId", p."name" AS "project",
      COALESCE(k."lastUsedAt" < clock_timestamp() - interval '1 minute', true) AS "stale"
    FROM "ApiKey" k LEFT JOIN "Project" p ON p."id" = k."projectId"
    WHERE (k."hash" = ${hash} OR (k."previousHash" = ${hash} AND k."previousEndsAt" > clock_timestamp()))
      AND k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > clock_timestamp())`;
  if (!row) return undefined;
  const { id, name, role, projectId, project } = row;
  if (row.stale) void noteUse(db, id).catch(notNoted);
  return { id, name, role, project: projectId === null ? null : { id: projectId, name: project! } };
}

async function noteUse(db: Sql, id: string): Promise<void> {
  await db.$executeRaw`UPDATE "ApiKey" SET "lastUsedAt" = clock_timestamp() WHERE "id" = ${id}::uuid`;
}

function newSecret(): string {
  return `rf_${randomBytes(32).toString('base64url')}`;
}

function storedSecret(secret: string): { prefix: string; hash: string } {
  return { prefix: secret.slice(0, shownCharacters), hash: hashKeySecret(secret) };
}

function viewKey(row: KeyRow, usage: Usage): KeyView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    project: row.project,
    prefix: row.prefix,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    rotatedAt: row.rotatedAt?.toISOString() ?? null,
    previousEndsAt: previousEnd(row)?.toISOString() ?? null,
    quotas: viewQuotas(row),
    usage,
  };
}

/** When the secret before the last rotation ends: after its overlap, or with the key where that is earlier. */
function previousEnd({ previousEndsAt, expiresAt }: Pick<KeyRow, 'previousEndsAt' | 'expiresAt'>): Date | null {
  return previousEndsAt && expiresAt && expiresAt < previousEndsAt ? expiresAt : previousEndsAt;
}
