/** @file Uploads whose client goes away, and those that a killed API leaves. */
import { readdir, readFile, utimes } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { CreateDatasetInput } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { zip } from '../../libs/tasks/test/support/zip.js';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, startApi, uploadsIn } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  // In a process of its own: what Nest's loggers write goes to the API that a process started last.
  api = await startApi({}, { ownProcess: true });
});
afterAll(() => api?.stop());

const uploads = () => uploadsIn(api.platform.dataDir);

/** Takes seconds to unpack. */
const longArchive = zip(Array.from({ length: 20_000 }, (_, i) => ({ name: i.toString(36), content: Buffer.alloc(0) })));

/** Sends a form with an archive to its end, and does not wait for the answer. */
function sendLongImport(url: string): ClientRequest {
  const spec = { name: 'long', format: 'images', mapping: { objective: 'image-classification' } };
  const part = (disposition: string, content: Buffer | string) => [
    Buffer.from(`--long\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(content as string),
    Buffer.from('\r\n'),
  ];
  const body = Buffer.concat([
    ...part('name="spec"', JSON.stringify(spec)),
    ...part('name="file"; filename="long.zip"', longArchive),
    Buffer.from('--long--\r\n'),
  ]);
  const request = httpRequest(`${url}/v1/datasets`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${api.platform.keys.submitter}`,
      'content-type': 'multipart/form-data; boundary=long',
      'content-length': body.length,
    },
  });
  request.on('error', () => undefined); // it is cut off
  request.end(body);
  return request;
}

const untilUnpacking = () =>
  waitFor('the archive to be unpacked', async () => (await uploads()).some((name) => name.endsWith('.unpacked')), {
    everyMs: 5,
  });

async function addSmall(name: string): Promise<void> {
  const mapping = { objective: 'language-modelling', text: 'text' } as const;
  const split = { by: 'hash', validation: 0.2, test: 0.2 } as const;
  const spec: CreateDatasetInput = { name, format: 'jsonl', mapping, split };
  const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'pa', 're', 'so'];
  const word = (n: number) => `${syllables[n % 8]}${syllables[(n >> 3) % 8]}`;
  const lines = Array.from({ length: 64 }, (_, i) =>
    JSON.stringify({ text: [i, 3 * i, 5 * i, 7 * i].map(word).join(' ') }),
  );
  await api
    .post('/v1/datasets')
    .field('spec', JSON.stringify(spec))
    .attach('file', Buffer.from(lines.join('\n')), 'small.jsonl')
    .expect(201);
}

it('stops reading a file when its client goes away, and forgets one that waits', async () => {
  const abandoned = [sendLongImport(api.api.url), sendLongImport(api.api.url)];
  await untilUnpacking();
  await waitFor('both to be received', async () => (await uploads()).length === 3);
  for (const request of abandoned) request.destroy();
  await waitFor('their files to be gone', async () => (await uploads()).length === 0);
  const log = await readFile(api.api.logFile, 'utf8');
  expect(log.split('a file is not read any further: its client is gone')).toHaveLength(3);
  await addSmall('after-abandoned');
});

it('removes the uploads of a killed API, and keeps those of one that lives', async () => {
  const root = join(api.platform.dataDir, 'uploads');
  const owned = async () => (await readdir(root)).filter((name) => !name.endsWith('.lock'));
  const [alive] = await owned();
  const killed = await api.platform.startApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
  sendLongImport(killed.url);
  await untilUnpacking();
  process.kill(killed.pid, 'SIGKILL');
  await killed.exited;
  const left = (await owned()).find((name) => name !== alive)!;
  expect((await readdir(join(root, left))).length).toBeGreaterThan(0);
  // Its sign of life is as old as if it had been killed some time ago.
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(root, `${left}.lock`), longAgo, longAgo);
  const next = await api.platform.startApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
  await waitFor('its uploads to be removed', async () => !(await owned()).includes(left));
  await addSmall('after-killed');
  await next.stop();
  expect(await owned()).toEqual([alive]);
  expect(await uploads()).toEqual([]);
});
