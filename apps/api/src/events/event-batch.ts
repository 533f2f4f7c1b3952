import { groupBy } from '@rankforge/contracts';
import type { LoggedEvent, LogPosition } from './event-log.js';

/** The events that a client may see, and asked for. */
export interface EventScope {
  projectId: string;
  /** Follows this sweep alone. */
  sweepId?: string | undefined;
}

/** Events and the bytes that carry them to a client. */
export interface Frames {
  events: readonly LoggedEvent[];
  text: Buffer;
}

/**
 * The events that one reading of the log found, written as server-sent events once for all clients: five hundred of them cost one
 * `JSON.stringify` an event, and one buffer that all their sockets share.
 */
export class EventBatch {
  private readonly byProject: ReadonlyMap<string, readonly LoggedEvent[]>;
  private readonly framed = new Map<string, Frames>();

  /** @param events in the order of the log; at least one */
  constructor(private readonly events: readonly LoggedEvent[]) {
    this.byProject = groupBy(events, ({ projectId }) => projectId);
  }

  get last(): LogPosition {
    return this.events.at(-1)!.position;
  }

  /** Events of a project, or of one sweep of it. */
  of({ projectId, sweepId }: EventScope): Frames {
    const key = `${projectId} ${sweepId ?? ''}`;
    const known = this.framed.get(key);
    if (known) return known;
    const own = this.byProject.get(projectId) ?? [];
    const frames = frame(sweepId === undefined ? own : own.filter(({ view }) => view.sweepId === sweepId));
    this.framed.set(key, frames);
    return frames;
  }
}

/** @example frame(events).text // id: 812-4711\nevent: trial.state\ndata: {…}\n\n… */
export function frame(events: readonly LoggedEvent[]): Frames {
  const text = events.map(({ view }) => `id: ${view.id}\nevent: ${view.type}\ndata: ${JSON.stringify(view)}\n\n`);
  return { events, text: Buffer.from(text.join('')) };
}
