/** @file The event stream of the API: read with fetch, so that a lost connection resumes after the last event seen. */
import { EventView, eventBeatMs } from '@rankforge/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { projectHeaders } from './acting-project.js';
import { apiUrl, isFinal, parseJson } from './api/client.js';
import { noteAnswer, noteSilence } from './connection.js';
import { pageHeaders } from './page-token.js';
import { noteSessionEnd } from './session-end.js';

/** `signed-out` and `refused` are the last: the server has answered that it gives no events to this session, or none of these. */
export type StreamStatus = 'connecting' | 'live' | 'reconnecting' | 'signed-out' | 'refused';

interface StreamOptions {
  sweepId?: string | undefined;
  onEvent: (event: EventView) => void;
  /** `live` is also the moment to read again what may have changed while there was no stream. */
  onStatus: (status: StreamStatus) => void;
  signal: AbortSignal;
}

const firstDelayMs = 500;
const longestDelayMs = 10_000;
/** Silence after which a stream counts as lost: two beats are missing by then. */
const silentMs = 2.5 * eventBeatMs;

/**
 * Follows the stream until `signal` aborts or the server refuses it; waits twice as long after each failure in a row. A stream that
 * brings nothing, not even a beat, is asked for anew.
 */
export async function followEvents({ sweepId, onEvent, onStatus, signal }: StreamOptions): Promise<void> {
  let lastEventId: string | undefined;
  let delay = firstDelayMs;
  onStatus('connecting');
  while (!signal.aborted) {
    const connection = connectionUnder(signal);
    try {
      const response = await fetch(apiUrl('/events', { sweepId }), {
        headers: {
          accept: 'text/event-stream',
          ...pageHeaders(),
          ...projectHeaders(),
          ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
        },
        signal: connection.signal,
      });
      const refusal = refusalOf(response.status);
      if (refusal) {
        noteAnswer();
        onStatus(refusal);
        if (refusal === 'signed-out') noteSessionEnd();
        return;
      }
      if (!response.ok || !response.body) throw new Error(`event stream answered with status ${response.status}`);
      onStatus('live');
      delay = firstDelayMs;
      const messages = response.body
        .pipeThrough(noting(connection.renew))
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const message of iterate(messages)) {
        if (message.id) lastEventId = message.id;
        const event = EventView.safeParse(parseJson(message.data));
        if (event.success) onEvent(event.data);
      }
    } catch (error) {
      if (signal.aborted) return;
      // A lost stream is an expected state that the header shows; anything else is a defect of this page.
      const isLost =
        connection.signal.aborted ||
        error instanceof TypeError ||
        (error instanceof Error && error.message.startsWith('event stream'));
      if (!isLost) console.error(error);
    } finally {
      connection.end();
    }
    if (signal.aborted) return;
    noteSilence();
    onStatus('reconnecting');
    await pause(delay, signal);
    delay = Math.min(delay * 2, longestDelayMs);
  }
}

/** The last status of a stream, where another try will not change the answer; undefined of any other. */
function refusalOf(status: number): 'signed-out' | 'refused' | undefined {
  if (status === 401) return 'signed-out';
  return isFinal(status) ? 'refused' : undefined;
}

/** The signal of one connection: it aborts with `signal`, and by itself unless it is renewed in time. */
function connectionUnder(signal: AbortSignal) {
  const silence = new AbortController();
  const watch = () => setTimeout(() => silence.abort(), silentMs);
  let timer = watch();
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    renew() {
      clearTimeout(timer);
      timer = watch();
    },
    end: () => clearTimeout(timer),
  };
}

/** Every part of the stream, beats included, tells that the server is there. */
function noting(renew: () => void) {
  return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      noteAnswer();
      renew();
      controller.enqueue(chunk);
    },
  });
}

/** Safari has no asynchronous iteration of streams. */
async function* iterate<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
