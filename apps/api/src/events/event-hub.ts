import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { eventBeatMs } from '@rankforge/contracts';
import { type Database, freezeRestoredEvents } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import { Notifications } from '../platform/notifications.js';
import { EventBatch } from './event-batch.js';
import { endOfLog, type LogPosition, readEvents, resumeBehind } from './event-log.js';
import type { EventStream } from './event-stream.js';

/** Also the longest an event waits behind an older transaction that ended without a notification. */
const pollMs = 1000;
const batchSize = 1000;
/** Events gather for this long before they are read: each client then gets a few large writes a second, not one an event. */
const gatherMs = 50;

/** Reads the log once for all clients of this process and hands them what happens. */
@Injectable()
export class EventHub extends Background {
  private readonly streams = new Set<EventStream>();
  private position: LogPosition | undefined;
  private beats: NodeJS.Timeout | undefined;
  private droppedStreams = 0;
  private settled: Promise<void> | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
  ) {
    super('event log', pollMs);
  }

  override onApplicationBootstrap(): void {
    this.notifications.onSweepChanged(() => this.loop.wake());
    super.onApplicationBootstrap();
    this.beats = setInterval(() => {
      for (const stream of this.streams) stream.beat();
    }, eventBeatMs);
  }

  override async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.beats);
    for (const stream of this.streams) stream.end();
    await super.beforeApplicationShutdown();
  }

  get clients(): number {
    return this.streams.size;
  }

  /** Clients of this process that were dropped since they did not read. */
  get dropped(): number {
    return this.droppedStreams;
  }

  noteDrop(): void {
    this.droppedStreams += 1;
  }

  /** Where a client starts: behind the event that it saw last, or at the present. */
  async startOf(seen: LogPosition | undefined): Promise<LogPosition> {
    await this.settle();
    return seen ? resumeBehind(this.database, seen) : endOfLog(this.database);
  }

  /** Serves a client until it goes: first what it missed, then what happens. */
  async serve(stream: EventStream): Promise<void> {
    this.streams.add(stream);
    try {
      // Live events begin no later than the client's reading ends, so that none falls between.
      const end = this.position ?? (await endOfLog(this.database));
      // A round may have begun meanwhile: from a later end, what is between the two would go to nobody.
      this.position ??= end;
      await stream.catchUp((after) => readEvents(this.database, after, { limit: batchSize, ...stream.scope }));
    } catch (error) {
      this.streams.delete(stream);
      stream.end();
      throw error;
    }
  }

  forget(stream: EventStream): void {
    this.streams.delete(stream);
  }

  protected async round(): Promise<void> {
    await this.settle();
    // Nobody listens: the next client reads what it misses itself.
    if (this.streams.size === 0) {
      this.position = undefined;
      return;
    }
    const end = this.position ?? (await endOfLog(this.database));
    this.position ??= end;
    for (;;) {
      const events = await readEvents(this.database, this.position, { limit: batchSize });
      if (events.length > 0) {
        const batch = new EventBatch(events);
        this.position = batch.last;
        for (const stream of this.streams) stream.push(batch);
      }
      if (events.length < batchSize) break;
    }
    await sleep(gatherMs);
  }

  /**
   * Resolves when all events that a dump brought can be read; one look is enough, for a restore is followed by a start. Whoever
   * reads the log waits for the same, on one connection.
   */
  private settle(): Promise<void> {
    this.settled ??= this.freezeRestored().catch((error: unknown) => {
      this.settled = undefined;
      throw error;
    });
    return this.settled;
  }

  private async freezeRestored(): Promise<void> {
    const events = await freezeRestoredEvents(this.database);
    if (events > 0) this.logger.log({ events }, 'events of a restored dump were made readable in this cluster');
  }
}
