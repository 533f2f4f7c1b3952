import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BodyPace } from './slow-bodies.js';

interface Leaving {
  request: FastifyRequest;
  reply: FastifyReply;
  /** Looks at which something of it lay here for the client. */
  waited: number;
  /** Bytes that the connection had taken before this answer. */
  before: number;
}

const lookEveryMs = 1000;

/**
 * Ends answers that are streamed and read too slowly: the files of a conversion lie on the disk until its client has read them. The
 * pace is that of bodies. Event streams are written past the hooks, and have a bound of their own.
 */
export function endSlowReaders(fastify: FastifyInstance, pace: BodyPace): void {
  const leaving = new Set<Leaving>();
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (typeof (payload as Readable | null)?.pipe !== 'function') return payload;
    const answer = { request, reply, waited: 0, before: taken(request) };
    leaving.add(answer);
    reply.raw.once('close', () => leaving.delete(answer));
    return payload;
  });
  const timer = setInterval(() => {
    for (const answer of leaving) {
      // Where nothing does, this process has more to read, or to make.
      if (liesHere(answer)) answer.waited++;
      if (isTooSlow(answer, pace)) end(answer);
    }
  }, lookEveryMs).unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
}

/** Bytes that left this process for the client. */
const taken = ({ raw: { socket } }: FastifyRequest) => socket.bytesWritten - socket.writableLength;

const liesHere = ({ request, reply }: Leaving) => request.raw.socket.writableLength > 0 || reply.raw.writableLength > 0;

function isTooSlow({ request, waited, before }: Leaving, { graceSeconds, bytesPerSecond }: BodyPace): boolean {
  const seconds = (waited * lookEveryMs) / 1000;
  return seconds > graceSeconds + (taken(request) - before) / bytesPerSecond;
}

function end({ request }: Leaving): void {
  request.log.warn({ reqId: request.id, ip: request.ip }, 'an answer was read too slowly; its connection is closed');
  request.raw.socket.destroy();
}
