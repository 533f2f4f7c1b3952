import type { ServerResponse } from 'node:http';
import { type EventBatch, type EventScope, type Frames, frame } from './event-batch.js';
import { isBehind, type LoggedEvent, type LogPosition } from './event-log.js';

/** Events that arrive while a client catches up wait here; past this the client is dropped. */
const heldAtMost = 10_000;
/** Time a client has to take what was sent before its stream was revoked. */
const unreadMs = 1000;

export interface StreamOptions {
  scope: EventScope;
  /** A client with more than this unsent when there is more to say is dropped; it resumes with `Last-Event-ID`. */
  unsentBytes: number;
  onDrop?(): void;
}

/**
 * One client of the log. It starts `catching-up` (live events are held while older ones are read), then is `live` until
 * it is `closed`. Nothing waits for a live client: what its socket does not take is kept up to a bound, and no further.
 */
export class EventStream {
  private state: 'catching-up' | 'live' | 'closed' = 'catching-up';
  private held: LoggedEvent[] = [];

  constructor(
    private readonly response: ServerResponse,
    private position: LogPosition,
    private readonly options: StreamOptions,
  ) {
    response.once('close', () => {
      this.state = 'closed';
      this.held = [];
    });
  }

  get scope(): EventScope {
    return this.options.scope;
  }

  get closed(): boolean {
    return this.state === 'closed';
  }

  /** Reads up to the present through `read`, then lets held events follow. */
  async catchUp(read: (after: LogPosition) => Promise<LoggedEvent[]>): Promise<void> {
    for (;;) {
      const events = await read(this.position);
      if (this.closed || events.length === 0) break;
      this.write(frame(events));
      if (this.response.writableNeedDrain) await this.drained();
    }
    if (this.closed) return;
    this.state = 'live';
    this.write(frame(this.held));
    this.held = [];
  }

  /** Events as they happen. */
  push(batch: EventBatch): void {
    if (this.state === 'closed') return;
    const own = batch.of(this.scope);
    if (this.state === 'live') this.write(own);
    else {
      this.held.push(...own.events);
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

  /** Ends the stream for a client that may not have it any more, whether it reads or not. */
  revoke(): void {
    if (this.closed) return;
    this.state = 'closed';
    this.held = [];
    this.response.end();
    setTimeout(() => this.response.destroy(), unreadMs).unref();
  }

  private write(frames: Frames): void {
    const { events } = frames;
    const [first] = events;
    if (!first) return;
    // Events a client has seen while it caught up come again with the first live ones, and only then.
    const fresh = isBehind(first.position, this.position)
      ? frames
      : frame(events.filter(({ position }) => isBehind(position, this.position)));
    const last = fresh.events.at(-1);
    if (!last) return;
    this.position = last.position;
    this.send(fresh.text);
  }

  private send(text: string | Buffer): void {
    // Judged before the write: a burst of events is no fault of a client that has taken all that came before it.
    if (this.state === 'live' && this.response.writableLength > this.options.unsentBytes) this.drop();
    else this.response.write(text);
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
    this.state = 'closed';
    this.held = [];
    this.response.destroy();
    this.options.onDrop?.();
  }
}
