import { Inject, Injectable } from '@nestjs/common';
import { KeySecret } from '@rankforge/contracts';
import { type Database, hashKeySecret } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import type { Caller } from './access.js';

const usedEveryMs = 60_000;

@Injectable()
export class KeysService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The caller a secret belongs to; undefined when it is unknown or revoked. */
  async authenticate(secret: string): Promise<Caller | undefined> {
    if (!KeySecret.safeParse(secret).success) return undefined;
    const key = await this.database.apiKey.findUnique({ where: { hash: hashKeySecret(secret) } });
    if (!key || key.revokedAt) return undefined;
    const now = Date.now();
    if (!key.lastUsedAt || now - key.lastUsedAt.getTime() > usedEveryMs) {
      await this.database.apiKey.updateMany({ where: { id: key.id }, data: { lastUsedAt: new Date(now) } });
    }
    return { keyId: key.id, name: key.name, role: key.role };
  }
}
