import { rm } from 'node:fs/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Background } from '../platform/background.js';
import type { ApiSettings } from '../platform/env.js';
import { Holdings } from '../platform/holdings.js';
import { SETTINGS } from '../platform/settings.js';
import { noDisk } from './no-disk.js';
import { UploadFolder } from './upload-folder.js';

const everyMs = 60_000;
/** Longer than any pause of a process that lives: what such a one reads must not go. */
const staleMs = 10 * 60_000;

/**
 * Where uploads of this API lie while they are read. What a killed API left is removed at the start, and then every minute. An API
 * whose disk is full or away starts all the same, for it is the one that makes room: the folder is opened when that is possible.
 */
@Injectable()
export class Uploads extends Background implements BeforeApplicationShutdown {
  private readonly holdings = new Holdings(16, 'uploads');
  private folder: Promise<UploadFolder> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: ApiSettings) {
    super('collection of uploads', everyMs);
  }

  /**
   * A name for a file or folder that is not there yet; whoever asked takes it away again.
   *
   * @throws ProblemError `unavailable` while the disk takes no files
   */
  async newPath(): Promise<string> {
    try {
      return await (await this.opened()).newPath();
    } catch (cause) {
      throw noDisk(cause) ?? cause;
    }
  }

  /**
   * The same for a request of a project, until what is returned is released, which takes away what lies there. A project holds a bounded
   * number at once, so that it cannot fill the disk with files that wait for their turn, whatever its quota.
   *
   * @throws ProblemError `rate-limited`, or as `newPath` does
   */
  async hold(projectId: string): Promise<{ path: string; release(): Promise<void> }> {
    const giveBack = this.holdings.take(projectId);
    try {
      const path = await this.newPath();
      return {
        path,
        release: () => rm(path, { recursive: true, force: true }).finally(giveBack),
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  protected async round(): Promise<void> {
    const removed = await (await this.opened()).collect();
    if (removed.length > 0) this.logger.log({ removed }, 'uploads that an ended API left were removed');
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    const folder = await this.folder?.catch(() => undefined);
    await folder?.close();
  }

  /** The folder; where it could not be opened, the next call tries again. */
  private opened(): Promise<UploadFolder> {
    const log = (problem: string) => this.logger.warn(problem);
    this.folder ??= UploadFolder.open({ root: this.settings.uploadDir, staleMs, log }).catch((error) => {
      this.folder = undefined;
      throw error;
    });
    return this.folder;
  }
}
