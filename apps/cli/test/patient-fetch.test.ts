import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openClient } from '@rankforge/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../src/api/client.js';
import { patientFetch } from '../src/api/patient-fetch.js';

/** The address of a server that answers so. */
async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Makes the `fetch` of Node give up after so long without a head, in place of its five minutes. */
async function giveUpAfter(headersTimeout: number): Promise<void> {
  await fetch('data:,').then((response) => response.text());
  const place = Symbol.for('undici.globalDispatcher.1');
  const shared = globalThis as unknown as Record<symbol, object>;
  const before = shared[place]!;
  const Agent = before.constructor as new (options: object) => object;
  shared[place] = new Agent({ headersTimeout });
  onTestFinished(() => {
    shared[place] = before;
  });
}

const merged = '/v1/trials/{id}/adapter';
const asked = { params: { path: { id: 't' }, query: { format: 'merged' } } } as const;

describe('a request of the command line', () => {
  it('waits for an answer that begins later than the fetch of Node waits', async () => {
    await giveUpAfter(100);
    const held: (() => void)[] = [];
    const url = await serving((_, response) => void held.push(() => response.end('converted')));
    const answer = new ApiClient(url, undefined).download(merged, asked);
    await expect.poll(() => held.length).toBe(1);
    // Sent later than the other: where this one was given up, so would the other be.
    await expect(openClient({ url }).GET(merged, asked)).rejects.toMatchObject({
      cause: { code: 'UND_ERR_HEADERS_TIMEOUT' },
    });
    for (const send of held) send();
    expect(await (await answer).text()).toBe('converted');
  });

  it('sends method, headers and body, and gives status, headers and body', async () => {
    const url = await serving(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method, headers } = request;
      const said = { method, path: request.url, key: headers.authorization, body: `${Buffer.concat(parts)}` };
      response.writeHead(201, { 'x-own': ['a', 'b'] }).end(JSON.stringify(said));
    });
    const init = { method: 'POST', headers: { authorization: 'Bearer rf_key' }, body: 'given' };
    const response = await patientFetch(new Request(`${url}/v1/sweeps?limit=1`, init));
    expect([response.status, response.headers.get('x-own')]).toEqual([201, 'a, b']);
    const said = { method: 'POST', path: '/v1/sweeps?limit=1', key: 'Bearer rf_key', body: 'given' };
    expect(await response.json()).toEqual(said);
  });

  it('takes an answer without a body', async () => {
    const url = await serving((_, response) => void response.writeHead(204).end());
    const response = await patientFetch(new Request(url, { method: 'DELETE' }));
    expect([response.status, response.body]).toEqual([204, null]);
  });

  it('says why nobody answered, and fails the body of an answer that breaks off', async () => {
    const url = await serving((request, response) => {
      if (request.url === '/silent') return void request.socket.destroy();
      response.writeHead(200).write('first ', () => request.socket.destroy());
    });
    await expect(patientFetch(new Request(`${url}/silent`))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    const broken = await patientFetch(new Request(`${url}/broken`));
    await expect(broken.text()).rejects.toThrow();
  });
});
