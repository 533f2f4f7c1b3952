import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { Notifications } from '../platform/notifications.js';
import { Loop } from '../scheduling/loop.js';
import { endOfLog, type LogPosition, readEvents } from './event-log.js';
import type { EventStream } from './event-stream.js';

/** Also the longest an event waits behind an older transaction that ended without a notification. */
const pollMs = 1000;
const beatMs = 15_000;
const batchSize = 1000;

/** Reads the log once for all clients of this process and hands them what happens. */
@Injectable()
export class EventHub implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly streams = new Set<EventStream>();
  private readonly loop: Loop;
  private position: LogPosition | undefined;
  private beats: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
  ) {
    this.loop = new Loop('event log', pollMs, () => this.advance(), new Logger('events'));
  }

  onApplicationBootstrap(): void {
    this.notifications.onSweepChanged(() => this.loop.wake());
    this.loop.start();
    this.beats = setInterval(() => {
      for (const stream of this.streams) stream.beat();
    }, beatMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.beats);
    for (const stream of this.streams) stream.end();
    await this.loop.stop();
  }

  get clients(): number {
    return this.streams.size;
  }

  /** Where a client starts that names no event: at the present. */
  end(): Promise<LogPosition> {
    return endOfLog(this.database);
  }

  /** Serves a client until it goes: first what it missed, then what happens. */
  async serve(stream: EventStream): Promise<void> {
    this.streams.add(stream);
    try {
      // Live events begin no later than the client's reading ends, so that none falls between.
      this.position ??= await endOfLog(this.database);
      await stream.catchUp((after) =>
        readEvents(this.database, after, { limit: batchSize, ...(stream.sweepId ? { sweepId: stream.sweepId } : {}) }),
      );
    } catch (error) {
      this.streams.delete(stream);
      stream.end();
      throw error;
    }
  }

  forget(stream: EventStream): void {
    this.streams.delete(stream);
  }

  private async advance(): Promise<void> {
    // Nobody listens: the next client reads what it misses itself.
    if (this.streams.size === 0) {
      this.position = undefined;
      return;
    }
    this.position ??= await endOfLog(this.database);
    for (;;) {
      const events = await readEvents(this.database, this.position, { limit: batchSize });
      const last = events.at(-1);
      if (!last) return;
      this.position = last.position;
      for (const stream of this.streams) stream.push(events);
      if (events.length < batchSize) return;
    }
  }
}
