import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Loop } from './loop.js';

/** A provider that works in the background: it begins with the application, and a shutdown waits for the round under way. */
export abstract class Background implements OnApplicationBootstrap, BeforeApplicationShutdown {
  protected readonly logger: Logger;
  protected readonly loop: Loop;

  /** @param everyMs longest time between the end of a round and the next */
  constructor(name: string, everyMs: number) {
    this.logger = new Logger(name);
    this.loop = new Loop(name, everyMs, () => this.round(), this.logger);
  }

  /** Does what is due now; may be called again at any time, in several replicas at once. */
  protected abstract round(): Promise<void>;

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
