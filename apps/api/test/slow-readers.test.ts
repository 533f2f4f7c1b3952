import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endSlowReaders } from '../src/platform/http/slow-readers.js';

let server: FastifyInstance;
let streams: Readable[];
beforeEach(() => {
  server = fastify();
  streams = [];
  endSlowReaders(server, { graceSeconds: 1, bytesPerSecond: 1024 * 1024 * 1024 });
  server.get('/endless', (_, reply) => reply.send(stream((of) => of.push(Buffer.alloc(1 << 16)))));
  // Made as slowly as it likes.
  server.get('/slow', (_, reply) => reply.send(stream((of) => void setTimeout(() => of.push(Buffer.alloc(1)), 50))));
});
afterEach(() => server.close());

function stream(read: (of: Readable) => void): Readable {
  const made = new Readable({ read: () => read(made) });
  streams.push(made);
  return made;
}

async function answer(path: string): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  await server.listen();
  const request = get(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}${path}`);
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return { request, response };
}

it('ends an answer that its client does not read, and what it is made of', async () => {
  const { response } = await answer('/endless');
  const closed = once(streams[0]!, 'close');
  response.pause();
  await closed;
  expect(streams[0]!.destroyed).toBe(true);
});

it('leaves one that waits for this process, however slow', async () => {
  const { request, response } = await answer('/slow');
  // Twice the time that an answer has whatever its size, and far less than the pace.
  let chunks = 0;
  for await (const _ of response) if (++chunks === 60) break;
  expect(chunks).toBe(60);
  request.destroy();
});
