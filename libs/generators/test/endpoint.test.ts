import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detailOf, EndpointError, type EndpointOptions, openEndpoint } from '../src/index.js';
import { type Answering, events, json, raw, ScriptedEndpoint, streamed } from './support/scripted-endpoint.js';

const options = { maxTokens: 8, temperature: 0, seed: 3, stop: ['\n'] };
const chat = '/chat/completions';

let scripted: ScriptedEndpoint;
beforeEach(async () => {
  scripted = await ScriptedEndpoint.start();
});
afterEach(() => scripted.stop());

const opened = (more: Partial<EndpointOptions> = {}) =>
  openEndpoint({
    url: scripted.url,
    model: 'tiny',
    api: 'chat',
    reach: 'loopback',
    patience: { attempts: 3, firstWaitMs: 1, longestWaitMs: 2000 },
    ...more,
  });

describe('an endpoint that answers', () => {
  it('gives the text of a stream, with its tokens', async () => {
    scripted.on(chat, streamed(['Pass', 'age A']));
    const generator = await opened();
    expect(await generator.generate('Which?', options)).toEqual({
      text: 'Passage A',
      ended: 'stop',
      usage: { tokens: { read: 7, written: 2 }, seconds: expect.any(Number) },
    });
    expect(scripted.asked.at(-1)!.body).toEqual({
      model: 'tiny',
      messages: [{ role: 'user', content: 'Which?' }],
      max_tokens: 8,
      temperature: 0,
      seed: 3,
      stop: ['\n'],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.for([
    ['chat', chat, { message: { role: 'assistant', content: 'Passage A' } }],
    ['completions', '/completions', { text: 'Passage A' }],
  ] as const)('gives the text of an answer that it does not stream, of %s', async ([api, path, said]) => {
    const usage = { prompt_tokens: 7, completion_tokens: 2 };
    scripted.on(path, json({ model: 'tiny', choices: [{ index: 0, ...said, finish_reason: 'stop' }], usage }));
    const { text, ended, usage: used } = await (await opened({ api })).generate('Which?', options);
    expect({ text, ended, tokens: used.tokens }).toEqual({
      text: 'Passage A',
      ended: 'stop',
      tokens: { read: 7, written: 2 },
    });
  });

  it('gives no tokens where it does not say how many there were', async () => {
    const event = { model: 'tiny', choices: [{ delta: { content: 'A' }, finish_reason: 'length' }] };
    scripted.on(chat, raw(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, 'text/event-stream'));
    const { ended, usage } = await (await opened()).generate('Which?', options);
    expect({ ended, tokens: usage.tokens }).toEqual({ ended: 'length', tokens: null });
  });

  it('sums the log-probabilities of a continuation that it repeats', async () => {
    // The prompt is "Q: " with two letters of two units each in UTF-16.
    scripted.on('/completions', (response, asked) => {
      const [a, b] = (asked.body.prompt as string).endsWith(' A') ? [-0.5, -0.25] : [-1, -2];
      const logprobs = { token_logprobs: [null, -9, -9, a, b, -7], text_offset: [0, 2, 4, 5, 6, 7] };
      json({ model: 'tiny', choices: [{ text: '', logprobs }], usage: { prompt_tokens: 5, completion_tokens: 1 } })(
        response,
        asked,
      );
    });
    const generator = await opened({ api: 'completions' });
    const scored = await generator.score('Q: 🐋🐋', [' A', ' B']);
    expect(scored?.logProbabilities).toEqual([-0.75, -3]);
    expect(scored?.usage.tokens).toEqual({ read: 10, written: 0 });
  });

  it('scores nothing where it is asked by messages, and asks nothing for it', async () => {
    expect(await (await opened()).score('Q', ['A', 'B'])).toBeNull();
    expect(scripted.asked.map(({ path }) => path)).toEqual(['/models']);
  });

  it.for([
    ['refuses to repeat a prompt', json({ error: { message: 'echo is not supported' } }, 400)],
    ['gives no probabilities', json({ model: 'tiny', choices: [{ text: 'A', logprobs: null }] })],
  ] as const)('scores nothing where it %s, and is asked once', async ([, answer]) => {
    scripted.on('/completions', answer);
    const generator = await opened({ api: 'completions' });
    expect(await generator.score('Q', ['A', 'B'])).toBeNull();
    expect(await generator.score('Q', ['A', 'B'])).toBeNull();
    expect(scripted.count('/completions')).toBe(1);
  });

  const scored = json({
    model: 'tiny',
    choices: [{ text: '', logprobs: { token_logprobs: [null, -1], text_offset: [0, 1] } }],
  });
  it.for([
    [
      'refuses a prompt',
      json({ error: { message: 'context is 512 tokens' } }, 400),
      1,
      'answered with 400, expected 200',
    ],
    [
      'has lost its model',
      json({ error: 'loading' }, 404),
      3,
      'answered with 404, expected 200, and has answered before: its model may be unloaded or redeployed; asked 3 times',
    ],
    [
      'refuses a text for its length',
      json({ error: 'too large' }, 413),
      1,
      "answered with 413, expected 200: a text of 2 letters is too long for it; let the procedure read fewer words or passages at a time, or raise the endpoint's bound on requests",
    ],
    [
      'gives no probabilities',
      json({ model: 'tiny', choices: [{ text: 'A', logprobs: null }] }),
      3,
      'answered without log-probabilities, and gave some before; asked 3 times',
    ],
  ] as const)('fails where it has scored and then %s, and scores again later', async ([, answer, times, message]) => {
    scripted.on('/completions', scored, ...Array.from({ length: times }, () => answer), scored);
    const generator = await opened({ api: 'completions' });
    expect((await generator.score('Q', ['A']))?.logProbabilities).toEqual([-1]);
    await expect(generator.score('Q', ['A'])).rejects.toThrow(
      new EndpointError(`${scripted.url}/completions: ${message}`),
    );
    expect((await generator.score('Q', ['A']))?.logProbabilities).toEqual([-1]);
  });

  it('fails where it refuses the second of two continuations', async () => {
    scripted.on('/completions', scored, json({ error: 'loading' }, 404));
    const generator = await opened({ api: 'completions' });
    await expect(generator.score('Q', ['A', 'B'])).rejects.toThrow('answered with 404');
  });

  it.for([
    ['was busy', 503],
    ['had its model unloaded', 404],
  ] as const)('scores again after it %s', async ([, status]) => {
    scripted.on('/completions', scored, json({ error: 'later' }, status), scored);
    const generator = await opened({ api: 'completions' });
    expect((await generator.score('Q', ['A', 'B']))?.logProbabilities).toEqual([-1, -1]);
    expect(scripted.count('/completions')).toBe(3);
  });

  it('scores again where its model was unloaded between what it wrote and its first score', async () => {
    const written = raw(
      'data: {"model":"tiny","choices":[{"index":0,"text":"A","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      'text/event-stream',
    );
    scripted.on('/completions', written, json({ error: 'loading' }, 404), scored);
    const generator = await opened({ api: 'completions' });
    await generator.generate('Q', options);
    expect((await generator.score('Q', ['A']))?.logProbabilities).toEqual([-1]);
  });

  it('scores shorter texts after it refused the first one for its length', async () => {
    scripted.on('/completions', json({ error: 'too large' }, 413), scored);
    const generator = await opened({ api: 'completions' });
    await expect(generator.score('🐋Q', ['A'])).rejects.toThrow('a text of 3 letters is too long for it');
    expect((await generator.score('Q', ['A']))?.logProbabilities).toEqual([-1]);
  });

  it('gets another digest when it describes its model otherwise, and keeps it at another hour', async () => {
    const first = (await opened()).identity();
    scripted.on('/models', json({ data: [{ id: 'tiny', created: 2, owned_by: 'scripted' }] }));
    expect((await opened()).identity()).toEqual(first);
    scripted.on('/models', json({ data: [{ id: 'tiny', created: 2, owned_by: 'scripted', max_model_len: 512 }] }));
    expect((await opened()).identity().sha256).not.toBe(first.sha256);
    expect(first).toMatchObject({ model: 'tiny', reproducible: false });
  });
});

describe('a failure that passes', () => {
  const whole = streamed(['A']);
  const dies: Answering = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '5000' });
    response.write(events(['A']), () => response.destroy());
  };
  it.for([
    ['an overloaded endpoint', json({ error: 'busy' }, 503)],
    ['a bound of requests that names no time', json({ error: 'slow down' }, 429)],
    ['a stream that ends without its end', raw(events(['A']), 'text/event-stream')],
    [
      'a stream without a reason for its end',
      raw(`${events(['A'], { ended: false })}data: [DONE]\n\n`, 'text/event-stream'),
    ],
    ['an endpoint that dies in the middle of an answer', dies],
    ['an endpoint that dies before its answer', (response: Parameters<Answering>[0]) => void response.destroy()],
    ['half a JSON', raw('{"model": "tiny", "choi')],
    ['half a JSON within a stream', raw('data: {"model": "ti\n\ndata: [DONE]\n\n', 'text/event-stream')],
    ['an empty answer', raw('')],
    ['an error with the status of a success', json({ error: { message: 'out of memory' } })],
  ] as const)('is asked again: %s', async ([, answer]) => {
    scripted.on(chat, answer, whole);
    expect((await (await opened()).generate('Which?', options)).text).toBe('A');
    expect(scripted.count(chat)).toBe(2);
  });

  it('ends the call after the last attempt, with no part of an answer kept', async () => {
    scripted.on(chat, dies);
    const generator = await opened();
    await expect(generator.generate('Which?', options)).rejects.toThrow(
      `${scripted.url}/chat/completions: the connection ended in the middle of the answer; asked 3 times`,
    );
    expect(scripted.count(chat)).toBe(3);
  });

  it('waits as long as it is asked to', async () => {
    let first = 0;
    let second = 0;
    scripted.on(
      chat,
      (response, asked) => {
        first = performance.now();
        json({ error: 'later' }, 429, { 'retry-after': '1' })(response, asked);
      },
      (response, asked) => {
        second = performance.now();
        whole(response, asked);
      },
    );
    await (await opened()).generate('Which?', options);
    expect(second - first).toBeGreaterThanOrEqual(990);
  });

  it('does not wait longer than it may', async () => {
    scripted.on(chat, json({ error: 'tomorrow' }, 429, { 'retry-after': '3600' }));
    const generator = await opened();
    await expect(generator.generate('Which?', options)).rejects.toThrow(
      'answered with 429, expected 200; it asks to wait 3600 seconds, and 2 are waited at most',
    );
    expect(scripted.count(chat)).toBe(1);
  });

  it('ends a silence', async () => {
    scripted.on(
      chat,
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data:'),
    );
    const generator = await opened({ patienceMs: 100 });
    await expect(generator.generate('Which?', options)).rejects.toThrow('nothing came for 0.1 seconds; asked 3 times');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    scripted.on(chat, () => stop.abort(new Error('the trial was cancelled')));
    const generator = await opened({ signal: stop.signal });
    await expect(generator.generate('Which?', options)).rejects.toThrow('the trial was cancelled');
    expect(scripted.count(chat)).toBe(1);
  });
});

describe('a failure that stays', () => {
  it.for([
    [
      'a page',
      raw('<html><body>Welcome</body></html>', 'text/html'),
      'answered with a page where JSON was expected: is it the address of an OpenAI-compatible API? It often ends with /v1',
    ],
    [
      'ten megabytes',
      raw('x'.repeat(10 * 1024 * 1024)),
      'answered with more than 1048576 bytes, which no answer of a model is',
    ],
    [
      'another model',
      streamed(['A'], { model: 'huge' }),
      'asked for the model "tiny", and another answered: what it says is not kept; add the generator by the name that answers',
    ],
    [
      'an answer without a text',
      json({ model: 'tiny', choices: [{ index: 0, output: 'A', finish_reason: 'stop' }] }),
      'no choice of the answer has a delta, a message or a text: is it the address of an OpenAI-compatible API?',
    ],
    [
      'JSON of another form',
      json({ model: 'tiny', choices: 'A' }),
      'answered with JSON of another form: choices is not as the OpenAI API has it',
    ],
    [
      'JSON without a floor',
      raw(`${'['.repeat(400_000)}${']'.repeat(400_000)}`),
      'answered with JSON that is nested deeper than 64, which no answer of a model is',
    ],
    [
      'a prompt longer than the context',
      json({ error: { message: 'context is 512 tokens' } }, 400),
      'answered with 400, expected 200',
    ],
    [
      'a key that is refused',
      json({ error: 'no' }, 401),
      'answered with 401, expected 200: set the variable that keyFrom names, where workers run',
    ],
    [
      'a text that is too long for a request',
      json({ error: 'too large' }, 413),
      'answered with 413, expected 200: a text of 6 letters is too long for it',
    ],
    ['an address that never answered', json({ detail: 'Not Found' }, 404), 'answered with 404, expected 200'],
    [
      'a redirect',
      raw('', 'text/plain', 302),
      'answered with 302, expected 200: redirects are not followed; give the final address',
    ],
  ] as const)('is asked once: %s', async ([, answer, message]) => {
    scripted.on(chat, answer);
    const generator = await opened();
    await expect(generator.generate('Which?', options)).rejects.toThrow(`${scripted.url}/chat/completions: ${message}`);
    expect(scripted.count(chat)).toBe(1);
  });

  it('names the model that the endpoint does not have', async () => {
    await expect(opened({ model: 'gpt' })).rejects.toThrow(
      `${scripted.url}/models: it has no model "gpt"; it has tiny`,
    );
  });

  it('names the first models of a long list, and counts the rest', async () => {
    const ids = ['\u001b[31mred', 'm'.repeat(500), ...Array.from({ length: 59_998 }, (_, index) => `m${index}`)];
    scripted.on('/models', json({ data: ids.map((id) => ({ id })) }));
    const error = await opened({ model: 'gpt' }).catch((thrown: Error) => thrown);
    const named = ['\ufffd[31mred', `${'m'.repeat(99)}…`, ...ids.slice(2, 20)].join(', ');
    expect((error as Error).message).toBe(
      `${scripted.url}/models: it has no model "gpt"; it has ${named} and 59980 more`,
    );
  });

  it('names the private address where none is allowed', async () => {
    await expect(opened({ reach: 'public' })).rejects.toThrow(
      '127.0.0.1 is a private address, which is not allowed: an administrator allows those by RANKFORGE_GENERATORS_PRIVATE=true',
    );
    expect(scripted.asked).toEqual([]);
  });

  it('keeps its key out of what it says and logs, even where the endpoint repeats it', async () => {
    const key = 'sk-very-secret';
    scripted.on(chat, (response, asked) => json({ error: `bad ${asked.headers.authorization}` }, 400)(response, asked));
    const generator = await opened({ key });
    const error = (await generator.generate('Which?', options).catch((thrown: Error) => thrown)) as EndpointError;
    expect(scripted.asked.at(-1)!.headers.authorization).toBe(`Bearer ${key}`);
    expect(error).toBeInstanceOf(EndpointError);
    expect(detailOf(error)).toContain('bad Bearer …');
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)} ${error.detail}`).not.toContain(key);
  });

  const password = 'the password of a database';
  const pages = [
    ['a page', raw(`<html>${password}</html>`, 'text/html')],
    ['a text', raw(password, 'text/plain')],
    ['a status', json({ error: password }, 403)],
    ['a redirect', raw(password, 'text/plain', 302)],
    ['another JSON', json({ [password]: password, choices: password, data: password })],
    ['an error in words', json({ error: { message: password } })],
    ['another model', streamed([password], { model: password })],
  ] as const;

  it.for(pages)('is quoted to administrators alone: %s', async ([, answer]) => {
    scripted.on(chat, answer);
    const generator = await opened();
    const error = await generator.generate('Which?', options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EndpointError);
    expect(detailOf(error)).toContain(password);
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(password);
  });

  it('reads alike on every port of this machine that lists no models, open or closed', async () => {
    const closed = await ScriptedEndpoint.start();
    const { url } = closed;
    await closed.stop();
    const ofPort = async (at: string) => {
      const error = await opened({ url: at, anyPort: true }).catch((thrown: Error) => thrown);
      return { error, said: (error as Error).message.replace(at, 'the address') };
    };
    const { error, said } = await ofPort(url);
    expect(detailOf(error)).toContain('ECONNREFUSED');
    expect(said).toMatch(/^the address\/models: no list of models came from there, expected \{"data": /);
    for (const [name, answer] of pages.slice(0, 6)) {
      scripted.on('/models', answer);
      expect((await ofPort(scripted.url)).said, name).toBe(said);
    }
  });
});

describe('an answer that does not end', () => {
  let left: Promise<void>;
  /** Sends a byte now and then, for ever, so that there is never a silence; `left` resolves once its connection is closed. */
  const drips: Answering = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(':'), 20);
    left = new Promise((resolve) => {
      response.once('close', () => {
        clearInterval(timer);
        resolve();
      });
    });
  };

  it('is left at the deadline, though a byte comes now and then', async () => {
    scripted.on(chat, drips);
    const patience = { attempts: 1, firstWaitMs: 1, longestWaitMs: 1 };
    const generator = await opened({ deadlineMs: 300, patienceMs: 60_000, patience });
    await expect(generator.generate('Which?', options)).rejects.toThrow(
      `${scripted.url}/chat/completions: no whole answer came within 0.3 seconds; asked once`,
    );
    await left;
  });

  it('is left when whoever asked has', async () => {
    const gone = new AbortController();
    scripted.on('/models', (response, asked) => {
      drips(response, asked);
      gone.abort(new Error('the client has left'));
    });
    await expect(opened({ signal: gone.signal })).rejects.toThrow('the client has left');
    await left;
  });
});
