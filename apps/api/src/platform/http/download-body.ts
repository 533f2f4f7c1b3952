import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
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

/**
 * The answer to a download, which is saved under a name.
 *
 * @param length bytes of a stream, where they are known
 */
export function attachment(content: Buffer | Readable, name: string, type: string, length?: number): StreamableFile {
  const disposition = `attachment; filename="${name}"`;
  if (Buffer.isBuffer(content)) return new StreamableFile(content, { type, disposition, length: content.length });
  return new StreamableFile(content, { type, disposition, ...(length ? { length } : {}) });
}
