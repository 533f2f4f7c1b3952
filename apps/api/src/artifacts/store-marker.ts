import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { type Database, lookAtStore, markStore } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';

const everyMs = 5_000;

/** Marks the folder of artifacts, so that a worker knows whether it sees the same; says when this API sees another one. */
@Injectable()
export class StoreMarker extends Background {
  private isSame = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('mark of the store', everyMs);
  }

  protected async round(): Promise<void> {
    if (this.isSame) return;
    const { artifactDir } = this.settings;
    await markStore(this.database, artifactDir, hostname());
    const seen = await lookAtStore(this.database, artifactDir);
    if (typeof seen === 'object') throw new Error(seen.trouble);
    this.isSame = true;
  }
}
