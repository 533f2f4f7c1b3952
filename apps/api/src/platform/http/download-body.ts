import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';

/**
 * The body of a download. Nothing is read or made where the head alone is asked for.
 *
 * @example await downloadBody(request, () => store.stream(sha256, bytes))
 */
export async function downloadBody<Body extends Buffer | Readable>(
  request: Pick<FastifyRequest, 'method'>,
  make: () => Promise<Body>,
): Promise<Body | Readable> {
  return request.method === 'HEAD' ? Readable.from([]) : make();
}
