import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRequest {
  path: string;
  range: string | undefined;
}

export interface HubServer {
  url: string;
  /** Requests of every kind, refused ones included. */
  requests: number;
  /** Requests for the content of files, in order. */
  readonly downloads: HubRequest[];
  /** Files of the one model, by name; a test may change them at any time. */
  readonly files: Map<string, Buffer>;
  /** Fields of a file's entry in the listing that are not what its content says. */
  readonly listed: Map<string, object>;
  /** Bytes after which the connection of a file breaks, once; after -N bytes it stays open and gives no more. */
  readonly cuts: Map<string, number>;
  /** Whether every request is answered with status 503. */
  down: boolean;
  /** The token without which nothing is answered. */
  token: string | undefined;
  close(): Promise<void>;
}

export const hubModel = 'someone/some-model';
export const hubCommit = 'c0ffee0000000000000000000000000000000000';

/**
 * The part of a Hugging Face hub that a download speaks to: the model's description, the listing of a commit, and files
 * with ranges. Files of 1 KiB and more are listed as large files are, with their sha256.
 *
 * @example
 * const hub = await startHub({ 'config.json': Buffer.from('{}') });
 * await rankforge(['base', 'add', hubModel], { HF_ENDPOINT: hub.url });
 */
export async function startHub(files: Record<string, Buffer>): Promise<HubServer> {
  const hub: HubServer = {
    url: '',
    requests: 0,
    downloads: [],
    files: new Map(Object.entries(files)),
    listed: new Map(),
    cuts: new Map(),
    down: false,
    token: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => answer(hub, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

function answer(hub: HubServer, request: IncomingMessage, response: ServerResponse): void {
  hub.requests++;
  const { pathname: path } = new URL(request.url ?? '/', 'http://hub');
  const isOfModel = ['main', hubCommit].some((revision) => path.startsWith(`/${hubModel}/resolve/${revision}/`));
  const name = isOfModel ? decodeURIComponent(path.split('/').at(-1) ?? '') : '';
  const content = hub.files.get(name);
  if (hub.down) {
    json(response, 503, { error: 'Service unavailable' });
  } else if (hub.token && request.headers.authorization !== `Bearer ${hub.token}`) {
    json(response, 401, { error: 'Invalid username or password.' });
  } else if (path === `/api/models/${hubModel}/revision/main`) {
    json(response, 200, description);
  } else if (path === `/api/models/${hubModel}/tree/${hubCommit}`) {
    json(response, 200, [{ type: 'directory', path: 'onnx', size: 0, oid: '0'.repeat(40) }, ...listing(hub)]);
  } else if (content) {
    const { range } = request.headers;
    hub.downloads.push({ path: name, range });
    sendFile(hub, name, { content, range, response });
  } else {
    if (isOfModel) response.setHeader('x-error-code', 'EntryNotFound');
    json(response, 404, { error: isOfModel ? 'Entry not found' : 'Repository not found' });
  }
}

const description = {
  _id: '1',
  id: hubModel,
  private: false,
  gated: false,
  downloads: 0,
  likes: 0,
  lastModified: '2024-01-01T00:00:00.000Z',
  sha: hubCommit,
  tags: ['pytorch', 'license:apache-2.0'],
};

function listing(hub: HubServer): object[] {
  return [...hub.files].map(([path, content]) => {
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const lfs = content.length >= 1024 ? { lfs: { oid: sha256, size: content.length, pointerSize: 134 } } : {};
    return { type: 'file', path, size: content.length, oid, ...lfs, ...hub.listed.get(path) };
  });
}

function sendFile(
  hub: HubServer,
  name: string,
  { content, range, response }: { content: Buffer; range: string | undefined; response: ServerResponse },
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const from = first === undefined ? 0 : Number(first);
  const to = last === undefined ? content.length : Number(last) + 1;
  const part = content.subarray(from, to);
  response.writeHead(range ? 206 : 200, {
    etag: '"some"',
    'content-length': part.length,
    ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${content.length}` } : {}),
  });
  // The first request of a download is for one byte.
  const cut = part.length > 1 ? hub.cuts.get(name) : undefined;
  if (cut === undefined) {
    response.end(part);
    return;
  }
  hub.cuts.delete(name);
  response.write(part.subarray(0, Math.abs(cut)), () => {
    // What was written must be on its way before the connection breaks.
    if (cut > 0) setTimeout(() => response.destroy(), 50);
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
