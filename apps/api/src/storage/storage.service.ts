import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { StorageReport } from '@rankforge/contracts';
import { type Database, readStorage, type StorageUse, statementEnded } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

@Injectable()
export class StorageService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  async ofProject(projectId: string, sweeps: number): Promise<StorageReport> {
    return { ...(await this.use({ projectId, sweeps })), disk: null };
  }

  /** With its base models and its disk. */
  async ofInstallation(sweeps: number): Promise<StorageReport> {
    const [use, bases, disk] = await Promise.all([
      this.use({ sweeps }),
      folderBytes(this.settings.modelsDir),
      diskOf(this.settings.artifactDir),
    ]);
    const kinds = [...use.kinds, { kind: 'bases' as const, bytes: bases }];
    return { ...use, kinds: kinds.sort((one, other) => other.bytes - one.bytes), disk };
  }

  /** @throws ProblemError `unavailable` where it takes too long */
  private async use(of: { projectId?: string; sweeps: number }): Promise<StorageUse> {
    try {
      return await readStorage(this.database, of);
    } catch (cause) {
      if (!statementEnded(cause)) throw cause;
      const message = 'PostgreSQL took too long to read what storage is used by; try again when it is less busy';
      throw new ProblemError('unavailable', message, undefined, { cause });
    }
  }
}

/** Bytes of the files below a folder; one that is not there, or goes meanwhile, has none. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

/** The disk that a folder lies on; null where it is away. */
async function diskOf(folder: string): Promise<StorageReport['disk']> {
  const found = await statfs(folder).catch(() => null);
  return found && { bytes: found.blocks * found.bsize, freeBytes: found.bavail * found.bsize };
}
