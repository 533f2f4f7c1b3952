import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface BodyPace {
  /** Time a body may take whatever its size. */
  graceSeconds: number;
  /** Pace that it must keep on average after that. */
  bytesPerSecond: number;
}

interface Arriving {
  request: FastifyRequest;
  reply: FastifyReply;
  since: number;
  /** Bytes the connection had carried before this body. */
  before: number;
}

const lookEveryMs = 1000;
const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/**
 * Ends requests whose body arrives too slowly, as Apache's `RequestReadTimeout body=20,MinRate=…` does: a client that
 * sends a byte now and then would hold a connection for ever, and a limit for the whole body would end long uploads.
 * Heads have Node's own limit.
 */
export function endSlowBodies(fastify: FastifyInstance, pace: BodyPace): void {
  const arriving = new Set<Arriving>();
  fastify.addHook('onRequest', async (request, reply) => {
    const { raw } = request;
    if (raw.complete || !hasBody(request)) return;
    const body = { request, reply, since: performance.now(), before: raw.socket.bytesRead };
    arriving.add(body);
    raw.once('close', () => arriving.delete(body));
  });
  const timer = setInterval(() => {
    for (const body of arriving) {
      if (body.request.raw.complete) arriving.delete(body);
      else if (isTooSlow(body, pace)) end(body);
    }
  }, lookEveryMs).unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
}

export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isTooSlow({ request: { raw }, since, before }: Arriving, { graceSeconds, bytesPerSecond }: BodyPace): boolean {
  // Bytes that lie here unread are waiting for this process, not for the client.
  if (raw.readableLength > 0) return false;
  const seconds = (performance.now() - since) / 1000;
  return seconds > graceSeconds + (raw.socket.bytesRead - before) / bytesPerSecond;
}

function end({ request, reply }: Arriving): void {
  const { raw } = request;
  request.log.warn({ reqId: request.id, ip: request.ip }, 'a body arrived too slowly; its connection is closed');
  // Nothing may follow an answer that has begun.
  if (!reply.raw.headersSent && raw.socket.writable) raw.socket.write(timedOut);
  raw.destroy();
}
