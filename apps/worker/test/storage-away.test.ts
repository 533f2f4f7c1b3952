import { EndpointError } from '@rankforge/generators';
import { expect, it } from 'vitest';
import { isOfStorage, throughStorageAway } from '../src/trainer/storage-away.js';

const unreachable = Object.assign(new Error('read EHOSTUNREACH'), { code: 'EHOSTUNREACH' });

/** Does the work with a patience of a minute. */
async function through(work: () => Promise<string>) {
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const tools = { reports: { log: (line: string) => lines.push(line) }, signal, patienceMs: 60_000 };
  const done = await throughStorageAway('a file cannot be read', work, tools).catch((error: Error) => error);
  return { done, lines };
}

it('does work again where a share cannot be reached', async () => {
  let times = 0;
  const { done, lines } = await through(async () => {
    times += 1;
    if (times === 1) throw new Error('artifact 1 cannot be read', { cause: unreachable });
    return 'read';
  });
  expect(done).toBe('read');
  expect(lines).toEqual(['a file cannot be read (artifact 1 cannot be read); trying again']);
});

it.each(['EHOSTUNREACH', 'ETIMEDOUT', 'EHOSTDOWN'])(
  'does not wait for an endpoint whose address answers %s, and gives its error as it is',
  async (code) => {
    const message = `http://10.0.0.9/v1/models: connect ${code}; asked 5 times`;
    const attempt = new EndpointError(`connect ${code}`, {}, { cause: Object.assign(new Error('connect'), { code }) });
    const error = new Error(`judge: ${message}`, { cause: new EndpointError(message, undefined, { cause: attempt }) });
    let times = 0;
    const { done, lines } = await through(async () => {
      times += 1;
      throw error;
    });
    expect({ done, lines, times }).toEqual({ done: error, lines: [], times: 1 });
    expect(isOfStorage(error)).toBe(false);
  },
);
