import type { Logger } from '@nestjs/common';

/**
 * Runs `work` when woken and at least every `everyMs`, never twice at once. A failure is logged once while it lasts and
 * the next round tries again.
 */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private woken = false;
  private stopped = true;
  private running: Promise<void> | undefined;
  private lastFailure = '';

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.stopped = false;
    this.wake();
  }

  wake(): void {
    this.woken = true;
    if (!this.stopped) this.running ??= this.run();
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    while (this.woken && !this.stopped) {
      this.woken = false;
      try {
        await this.work();
        this.lastFailure = '';
      } catch (err) {
        this.report(err);
        break;
      }
    }
    this.running = undefined;
    if (!this.stopped) this.timer = setTimeout(() => this.wake(), this.everyMs);
  }

  private report(err: unknown): void {
    const text = err instanceof Error ? err.message : String(err);
    if (text !== this.lastFailure) this.logger.warn({ err }, `${this.name}: a round failed; trying again`);
    this.lastFailure = text;
  }
}
