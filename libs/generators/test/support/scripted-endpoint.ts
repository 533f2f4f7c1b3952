/** @file An endpoint on this machine that answers as it is told to, for tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** Answers one request. */
export type Answering = (response: ServerResponse, asked: Asked) => void;

/** An endpoint: of each path the answers in turn, the last of them again and again. */
export class ScriptedEndpoint {
  readonly asked: Asked[] = [];
  private readonly answers = new Map<string, Answering[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedEndpoint> {
    const server = createServer();
    const scripted = new ScriptedEndpoint(server);
    server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const path = request.url!.replace('/v1', '');
      const asked = {
        method: request.method!,
        path,
        headers: request.headers,
        body: text === '' ? {} : JSON.parse(text),
      };
      scripted.asked.push(asked);
      const queue = scripted.answers.get(path) ?? [];
      const answer = queue.length > 1 ? queue.shift() : queue[0];
      if (answer) answer(response, asked);
      else response.writeHead(404).end('no such path');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    scripted.on('/models', json({ data: [{ id: 'tiny', object: 'model', created: 1, owned_by: 'scripted' }] }));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  on(path: string, ...answers: Answering[]): this {
    this.answers.set(path, answers);
    return this;
  }

  /** Requests to a path so far. */
  count(path: string): number {
    return this.asked.filter((each) => each.path === path).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

export const raw =
  (text: string, type = 'application/json', status = 200): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': type }).end(text);

/** Events of a chat's stream, one for each piece, without their end. */
export const events = (pieces: readonly string[], { model = 'tiny', ended = true } = {}): string =>
  [
    ...pieces.map((content) => ({ model, choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    ...(ended ? [{ model, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }] : []),
    { model, choices: [], usage: { prompt_tokens: 7, completion_tokens: pieces.length } },
  ]
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join('');

export const streamed = (pieces: readonly string[], options: { model?: string } = {}): Answering =>
  raw(`${events(pieces, options)}data: [DONE]\n\n`, 'text/event-stream');
