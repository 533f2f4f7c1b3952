import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Background } from '../platform/background.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { UploadFolder } from './upload-folder.js';

const everyMs = 60_000;
/** Longer than any pause of a process that lives: what such a one reads must not go. */
const staleMs = 10 * 60_000;

/** Where uploads of this API lie while they are read. What a killed API left is removed at the start, and then every minute. */
@Injectable()
export class Uploads extends Background implements OnModuleInit, BeforeApplicationShutdown {
  private folder!: UploadFolder;

  constructor(@Inject(SETTINGS) private readonly settings: ApiSettings) {
    super('collection of uploads', everyMs);
  }

  async onModuleInit(): Promise<void> {
    const log = (problem: string) => this.logger.warn(problem);
    this.folder = await UploadFolder.open({ root: this.settings.uploadDir, staleMs, log });
  }

  /** A name for a file or folder that is not there yet; whoever asked takes it away again. */
  newPath(): Promise<string> {
    return this.folder.newPath();
  }

  protected async round(): Promise<void> {
    const removed = await this.folder.collect();
    if (removed.length > 0) this.logger.log({ removed }, 'uploads that an ended API left were removed');
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await this.folder.close();
  }
}
