import { Inject, Injectable } from '@nestjs/common';
import type { Garbage } from '@rankforge/contracts';
import { ArtifactStore, type Collected, collectArtifacts, type Database, measureGarbage } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';

const everyMs = 10 * 60_000;

/** Removes stored files that nothing refers to. Replicas may do it at once. */
@Injectable()
export class ArtifactCollector extends Background {
  /** The files that this process has removed. */
  readonly total: Collected = { files: 0, bytes: 0 };
  private readonly store: ArtifactStore;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('collection of artifacts', everyMs);
    this.store = new ArtifactStore(settings.artifactDir);
  }

  protected async round(): Promise<void> {
    await this.collect();
  }

  /** Removes what nothing refers to now, and says how much that was. One at a time: a second would look at the same. */
  collect(): Promise<Garbage> {
    const next = this.last.then(() => this.collectNow());
    this.last = next.catch(() => undefined);
    return next;
  }

  private async collectNow(): Promise<Garbage> {
    const options = { graceSeconds: this.settings.artifactGraceSeconds };
    const collected = await collectArtifacts(this.database, this.store, options);
    this.total.files += collected.files;
    this.total.bytes += collected.bytes;
    if (collected.files > 0) this.logger.log(collected, 'files that nothing referred to were removed');
    return { ...collected, ...options };
  }

  /** Measures what a collection would remove now. */
  async measure(): Promise<Garbage> {
    const options = { graceSeconds: this.settings.artifactGraceSeconds };
    return { ...(await measureGarbage(this.database, this.store, options)), ...options };
  }
}
