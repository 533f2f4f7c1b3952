/** @file Uploads that are archives or paths, that cannot be read, whose client goes away, or that a killed API leaves. */
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CreateDatasetInput, DatasetPreview, DatasetView } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { encode } from 'fast-png';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { booleanRun } from '../../libs/tasks/test/support/parquet.js';
import { waitFor } from '../support/index.js';
import { zip } from '../support/zip.js';
import { csv, spec, uploadTo } from './animals.js';
import { type ApiUnderTest, expectProblem, startApi, uploadsIn } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  // In a process of its own: what Nest's loggers write goes to the API that a process started last.
  api = await startApi({}, { ownProcess: true });
});
afterAll(() => api?.stop());

const uploads = () => uploadsIn(api.platform.dataDir);
const upload = (path: string, request: object, content: string | Buffer, file?: string) =>
  uploadTo(api, path, request, content, file);

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

describe('images in an archive', () => {
  const request = spec('shapes', { format: 'images', mapping: { objective: 'image-classification', channels: 1 } });
  const png = (value: number) =>
    encode({ width: 4, height: 4, channels: 1, depth: 8, data: new Uint8Array(16).fill(value) });
  async function tarOf(names: readonly string[]): Promise<Buffer> {
    const archive = pack();
    for (const [index, name] of names.entries()) archive.entry({ name }, Buffer.from(png(index)));
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  }
  const names = Array.from({ length: 40 }, (_, i) => `shapes/${i % 2 ? 'square' : 'circle'}/${i}.png`);

  it('reads, previews and keeps archives like a folder, and leaves nothing of them', async () => {
    const archive = await tarOf(names);
    const inspected = await upload('/v1/datasets/inspect', { format: 'images' }, archive, 'shapes.tar.gz').expect(200);
    expect(inspected.body.columns).toEqual(['circle', 'square']);
    const previewed = await upload('/v1/datasets/preview', request, archive, 'shapes.tar.gz').expect(200);
    expect((previewed.body as DatasetPreview).rows[0]).toMatchObject({
      row: 'circle/0.png',
      fields: { label: 'circle', image: '4 × 4, grey' },
    });
    const made = (await upload('/v1/datasets', request, archive, 'shapes.tar.gz').expect(201)).body as DatasetView;
    expect(made.report.classes?.map(({ name }) => name)).toEqual(['circle', 'square']);
    const { train, validation, test } = made.report.examples;
    expect(train + validation + test).toBe(40);
    expect(await uploads()).toEqual([]);
  });

  it('refuses names that lead out of the folder', async () => {
    const bad = await tarOf(['../../evil.png']);
    const response = await upload('/v1/datasets', { ...request, name: 'bad' }, bad, 'shapes.tar.gz');
    expect(expectProblem(response, 400, 'validation', ['/file']).detail).toMatch(
      /evil\.png: is not a path of plain names/,
    );
    expect(await uploads()).toEqual([]);
  });
});

describe('a Parquet file that says more than it holds', () => {
  it('meets a refusal, and the API goes on', async () => {
    const inspect = (content: Buffer) => upload('/v1/datasets/inspect', { format: 'parquet' }, content, 'run.parquet');
    const read = await inspect(booleanRun('label', 1)).expect(200);
    expect(read.body.columns).toEqual(['label']);
    const refused = expectProblem(await inspect(booleanRun('label', 2 ** 30)), 400, 'validation', ['/file']);
    expect(refused.detail).toBe('/file: run.parquet: needs more than 2048 MiB of memory; give fewer rows');
    await inspect(booleanRun('label', 1)).expect(200);
    expect(await uploads()).toEqual([]);
  });
});

describe('a path', () => {
  const folder = () => join(api.platform.dataDir, 'mine');
  beforeAll(async () => {
    await mkdir(folder(), { recursive: true });
    await mkdir(join(api.platform.dataDir, 'folder'));
    await writeFile(join(folder(), 'animals.csv'), csv(80));
    await symlink('/etc/passwd', join(folder(), 'link.csv'));
  });
  const named = (path: string) => api.post('/v1/datasets', { ...spec('by-path'), path });

  it('under the data folder is read; the file is not needed afterwards', async () => {
    const made = (await named('mine/animals.csv').expect(201)).body as DatasetView;
    expect(made.source).toBe('mine/animals.csv');
    await writeFile(join(folder(), 'animals.csv'), 'changed');
    const { rows } = (await api.get(`/v1/datasets/${made.id}/rows?limit=1`).expect(200)).body;
    expect(rows).toHaveLength(1);
    await api.delete(`/v1/datasets/${made.id}`).expect(204);
    await api.get(`/v1/datasets/${made.id}`).expect(404);
    const store = new ArtifactStore(join(api.platform.dataDir, 'artifacts'));
    expect(await store.size(made.sha256), 'a file outlives a commit that may fail').toBe(made.bytes);
    await utimes(store.pathOf(made.sha256), new Date(0), new Date(0));
    await api.post('/v1/artifacts/collect', undefined, 'admin').expect(200);
    expect(await store.size(made.sha256)).toBeUndefined();
  });

  it.each(['../secret.csv', '/etc/passwd', 'mine/../../x.csv', 'mine/link.csv'])('%s is refused', async (path) => {
    const problem = expectProblem(await named(path), 400, 'validation', ['/path']);
    expect(problem.detail).toMatch(/is outside of the data folder/);
  });

  it.each(['csv', 'rankify', 'parquet'] as const)('refuses a folder where the format is %s', async (format) => {
    for (const [route, request] of [
      ['/v1/datasets', spec('by-path', { format, mapping: format === 'rankify' ? ranked : spec('x').mapping })],
      ['/v1/datasets/inspect', { format }],
    ] as const) {
      const problem = expectProblem(await api.post(route, { ...request, path: 'folder' }), 400, 'validation', [
        '/path',
      ]);
      expect(problem.detail).toBe('/path: folder: is a folder; expected a file');
    }
  });
  const ranked = { objective: 'ranking' } as const;

  it('refuses a path that leads to nothing, or is not given', async () => {
    expectProblem(await named('mine/none.csv'), 400, 'validation', ['/path']);
    expectProblem(await api.post('/v1/datasets', spec('no-path')), 400, 'validation', ['/path']);
  });
});

describe('rows that cannot be read', () => {
  it('fail together, or stay out where a cell is empty and that is asked for', async () => {
    const holes = `${csv(100)}" ",cat,1\nwords,,1\n`;
    const refused = await upload('/v1/datasets/preview', spec('holes'), holes);
    expectProblem(refused, 400, 'validation', ['/file', '/skipEmpty', '/mapping/text', '/mapping/label']);
    const preview = await upload('/v1/datasets/preview', { ...spec('holes'), skipEmpty: true }, holes).expect(200);
    expect((preview.body as DatasetPreview).report.emptyRows).toBe(2);
  });
});

describe('a name that a database does not keep', () => {
  it('loses what cannot be kept where it is that of the file, and is refused where it is that of a class', async () => {
    const part = (disposition: string, content: string) =>
      `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
    const send = (name: string, file: string, content: string) =>
      api
        .post('/v1/datasets')
        .set('content-type', 'multipart/form-data; boundary=x')
        .send(
          part('name="spec"', JSON.stringify(spec(name))) +
            part(`name="file"; filename="${file}"`, content) +
            '--x--\r\n',
        );
    const nul = (await send('nul', 'a\0b.csv', csv()).expect(201)).body as DatasetView;
    expect(nul.source).toBe('a\ufffdb.csv');
    const long = (await send('emoji', `${'x'.repeat(199)}😀.csv`, csv(190)).expect(201)).body as DatasetView;
    expect(long.source).toBe('x'.repeat(199));
    for (const route of ['', '/preview']) {
      const content = csv(100).replace(',cat,', ',ca\0t,');
      const response = await upload(`/v1/datasets${route}`, spec('named'), content);
      const { detail } = expectProblem(response, 400, 'validation', ['/mapping/label']);
      expect(detail).toMatch(
        /^\/mapping\/label: animals.csv, line 2, column "animal": must not hold the character U\+0000/,
      );
    }
  });
});

describe('what cannot be read', () => {
  it.each<[string, CreateDatasetInput, string | Buffer, RegExp, string]>([
    [
      'a broken quote',
      spec('bad'),
      `${csv(40)}"open,cat,1\n`,
      /^\/file: animals.csv, line 4\d: a quote is opened/,
      '/file',
    ],
    [
      'a missing column',
      spec('bad'),
      'body,animal\na,cat\n',
      /there is no column "text"; the columns are: body, animal/,
      '/mapping/text',
    ],
    ['an empty file', spec('bad'), '', /animals.csv: the file is empty/, '/file'],
    ['no Parquet', spec('bad', { format: 'parquet' }), csv(40), /not a whole Parquet file/, '/file'],
    ['Latin-1', spec('bad'), Buffer.from('text,animal\ncaf\xe9,cat\n', 'latin1'), /not UTF-8/, '/file'],
    [
      'images in no archive',
      spec('bad', { format: 'images', mapping: { objective: 'image-classification' } }),
      'x',
      /animals.csv: neither a .zip, a .tar nor a .tar.gz/,
      '/file',
    ],
    [
      'a mapping that no format has',
      spec('bad', { format: 'images' }),
      'x',
      /format images cannot be read as classification/,
      '/mapping/objective',
    ],
  ])('%s', async (_, request, content, detail, field) => {
    const problem = expectProblem(await upload('/v1/datasets', request, content), 400, 'validation', [field]);
    expect(problem.detail).toMatch(detail);
    expect(await uploads()).toEqual([]);
    expect(await api.platform.db.dataset.count({ where: { name: 'bad' } })).toBe(0);
  });

  it('a form without a file, without a request, or with both out of order', async () => {
    expectProblem(await api.post('/v1/datasets').field('spec', JSON.stringify(spec('x'))), 400, 'validation', [
      '/file',
    ]);
    expectProblem(await api.post('/v1/datasets').field('spec', '{'), 400, 'malformed-json');
    const late = api
      .post('/v1/datasets')
      .attach('file', Buffer.from('a'), 'a.csv')
      .field('spec', JSON.stringify(spec('x')));
    expectProblem(await late, 400, 'validation', ['/spec']);
  });

  it('a form with a field that it does not have, with one twice, or with more behind its file', async () => {
    const form = () => api.post('/v1/datasets/preview');
    const request = JSON.stringify(spec('x'));
    const file = Buffer.from(csv());
    const refused = async (response: ReturnType<typeof form>, path: string, detail: string) =>
      expect(expectProblem(await response, 400, 'validation', [path]).detail).toContain(detail);
    const unknown = 'unknown field; a form has the field "spec" and then the file "file"';
    await refused(form().field('foo', request).attach('file', file, 'a.csv'), '/foo', unknown);
    await refused(form().field('spec', request).attach('bar', file, 'a.csv'), '/bar', unknown);
    await refused(form().field('spec', request).field('spec', request).attach('file', file, 'a.csv'), '/spec', 'twice');
    const whole = () => form().field('spec', request).attach('file', file, 'a.csv');
    await refused(whole().attach('file', file, 'b.csv'), '/file', 'nothing may follow the file');
    await refused(whole().field('more', '1'), '/more', unknown);
    expect(await uploads()).toEqual([]);
  });

  it('an upload that is cut in the middle leaves nothing, and the API goes on', async () => {
    const boundary = 'cut';
    const head =
      `--${boundary}\r\nContent-Disposition: form-data; name="spec"\r\n\r\n${JSON.stringify(spec('cut'))}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${csv(100)}`;
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${api.api.url}/v1/datasets`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${api.platform.keys.submitter}`,
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': head.length + 100_000,
        },
      });
      request.once('error', () => resolve());
      request.once('close', () => resolve());
      request.write(head);
      setTimeout(() => request.destroy(), 300);
    });
    await waitFor('the file of the upload to go', async () => (await uploads()).length === 0);
    expect(await api.platform.db.dataset.count({ where: { name: 'cut' } })).toBe(0);
    await api.get('/v1/datasets').expect(200);
  });
});

it('stops reading a file when its client goes away, and forgets one that waits', async () => {
  const abandoned = [sendLongImport(api.api.url), sendLongImport(api.api.url)];
  await untilUnpacking();
  await waitFor('both to be received', async () => (await uploads()).length === 3);
  for (const request of abandoned) request.destroy();
  await waitFor('their files to be gone', async () => (await uploads()).length === 0);
  const log = await readFile(api.api.logFile, 'utf8');
  expect(log.split('is not read any further: its client is gone')).toHaveLength(3);
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
