import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { type Ran, rankforge } from './support/run.js';

let platform: Platform;
let api: TestApi;
let dir: string;
beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.startApi();
  dir = await mkdtemp(join(tmpdir(), 'rankforge-results-'));
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

const run = (args: string[]): Promise<Ran> =>
  rankforge(args, { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter }, '');

describe('import peft-results', () => {
  test('puts every file it can read on a board, names the others, and ends with 3', async () => {
    const fixture = new URL('../../../test/e2e/fixtures/peft-results.json', import.meta.url);
    const { results } = JSON.parse(await readFile(fixture, 'utf8')) as { results: object[] };
    for (const [index, result] of results.slice(0, 2).entries()) {
      await writeFile(join(dir, `${index}.json`), JSON.stringify(result));
    }
    await writeFile(join(dir, 'broken.json'), '{"run_info":');
    await writeFile(join(dir, 'other.json'), '{}');
    const { status, out } = await run(['import', 'peft-results', dir]);
    expect(status).toBe(3);
    expect(out).toContain('broken.json: not JSON');
    expect(out).toMatch(/other\.json: 400[\s\S]*\/run_info/);
    expect(out).toContain('2 of 4 files on the board');
    expect(out).toContain('rankforge leaderboard --task peft-metamathqa --base llama-3-2-3b');

    const board = await run(['leaderboard', '--task', 'peft-metamathqa', '--base', 'llama-3-2-3b']);
    expect(board.out).toContain('adalora');
    expect(board.out).toContain('Published by huggingface/peft');

    await rm(join(dir, 'broken.json'));
    await rm(join(dir, 'other.json'));
    const again = await run(['import', 'peft-results', dir]);
    expect(again).toMatchObject({ status: 0, out: expect.stringContaining('2 of them known already') });
  });

  test('of a folder that is not there, or holds no file, ends with 2', async () => {
    expect(await run(['import', 'peft-results', join(dir, 'nowhere')])).toMatchObject({
      status: 2,
      err: expect.stringContaining('ENOENT'),
    });
    const empty = await mkdtemp(join(dir, 'empty-'));
    expect(await run(['import', 'peft-results', empty])).toMatchObject({ status: 2 });
  });
});
