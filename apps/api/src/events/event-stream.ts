import type { ServerResponse } from 'node:http';
import { isBehind, type LoggedEvent, type LogPosition } from './event-log.js';

/** A client with more than this unsent is too slow and is dropped; it resumes with `Last-Event-ID`. */
const unsentAtMost = 1024 * 1024;
/** Events that arrive while a client catches up wait here; past this the client is dropped. */
const heldAtMost = 10_000;

/**
 * One client of the log. It starts `catching-up` (live events are held while older ones are read), then is `live` until
 * it is `closed`.
 */
export class EventStream {
  private state: 'catching-up' | 'live' | 'closed' = 'catching-up';
  private held: LoggedEvent[] = [];

  constructor(
    private readonly response: ServerResponse,
    readonly sweepId: string | undefined,
    private position: LogPosition,
  ) {
    response.once('close', () => {
      this.state = 'closed';
      this.held = [];
    });
  }

  get closed(): boolean {
    return this.state === 'closed';
  }

  /** Reads up to the present through `read`, then lets held events follow. */
  async catchUp(read: (after: LogPosition) => Promise<LoggedEvent[]>): Promise<void> {
    for (;;) {
      const events = await read(this.position);
      if (this.closed || events.length === 0) break;
      this.write(events);
      if (this.response.writableNeedDrain) await this.drained();
    }
    if (this.closed) return;
    this.state = 'live';
    this.write(this.held);
    this.held = [];
  }

  /** Events as they happen. */
  push(events: readonly LoggedEvent[]): void {
    const own = this.sweepId ? events.filter(({ view }) => view.sweepId === this.sweepId) : events;
    if (this.state === 'live') this.write(own);
    else if (this.state === 'catching-up') {
      this.held.push(...own);
      if (this.held.length > heldAtMost) this.drop();
    }
  }

  /** Keeps proxies from closing an idle stream. */
  beat(): void {
    if (this.state === 'live') this.send(': beat\n\n');
  }

  /** Ends the stream in order; the browser connects again by itself. */
  end(): void {
    if (!this.closed) this.response.end();
  }

  private write(events: readonly LoggedEvent[]): void {
    const fresh = events.filter(({ position }) => isBehind(position, this.position));
    const last = fresh.at(-1);
    if (!last) return;
    this.position = last.position;
    this.send(
      fresh.map(({ view }) => `id: ${view.id}\nevent: ${view.type}\ndata: ${JSON.stringify(view)}\n\n`).join(''),
    );
  }

  private send(text: string): void {
    this.response.write(text);
    if (this.state === 'live' && this.response.writableLength > unsentAtMost) this.drop();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.response.off('drain', done).off('close', done);
        resolve();
      };
      this.response.once('drain', done).once('close', done);
    });
  }

  private drop(): void {
    this.response.destroy();
  }
}
