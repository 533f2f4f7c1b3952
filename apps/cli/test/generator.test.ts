import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { onPlatform } from './support/on-platform.js';

let platform: Platform;
let api: TestApi;

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
});
afterAll(() => platform?.stop());

const { run, json } = onPlatform(() => ({ url: api.url, key: platform.keys.submitter }));

test('a generator is added, listed and removed by its name', async () => {
  const added = await json<{ generator: object }>(['generator', 'add', 'own', '--base', 'nano-sotu']);
  expect(added).toMatchObject({ generator: { name: 'own', kind: 'base', template: 'plain' }, reproducible: true });
  expect((await run(['generator', 'list'])).out).toMatch(
    /^own +nano-sotu +this installation +plain +[0-9a-f]{12} +yes$/m,
  );
  const model = await run(['generator', 'add', 'two', '--base', 'nano-sotu', '--template', 'model']);
  expect([model.status, model.err]).toEqual([
    3,
    expect.stringContaining('nano-sotu brings no chat template: set template to plain or chatml'),
  ]);
  const both = await run(['generator', 'add', 'two', '--base', 'nano-sotu', '--address', 'http://127.0.0.1:1/v1']);
  expect([both.status, both.err]).toEqual([
    2,
    expect.stringContaining(
      'give either --base, --adapter or --gguf, which may have a --template, or --address with --model',
    ),
  ]);
  const cut = await run(['generator', 'add', 'two', '--base', 'nano-sotu', '--context', '64']);
  expect([cut.status, cut.err]).toEqual([2, expect.stringContaining('--context is of a GGUF file')]);
  const file = await run(['generator', 'add', 'file', '--gguf', 'none.gguf']);
  expect([file.status, file.err]).toEqual([
    3,
    expect.stringContaining('there is no file none.gguf in the models folder'),
  ]);
  const missing = '01900000-0000-7000-8000-000000000000';
  const untrained = await run(['generator', 'add', 'tuned', '--adapter', missing]);
  expect(untrained.status).toBe(3);
  expect(untrained.err).toContain(`there is no trial ${missing} in this project`);
  const elsewhere = await run(['generator', 'add', 'far', '--address', 'http://10.0.0.5/v1', '--model', 'm']);
  expect(elsewhere.status).toBe(3);
  expect(elsewhere.err).toContain('is not an address that generators may have here (loopback)');
  const unknown = await run(['generator', 'remove', 'far']);
  expect([unknown.status, unknown.err]).toEqual([
    3,
    expect.stringContaining('there is no generator far; there are: own'),
  ]);
  expect((await run(['generator', 'remove', 'own'])).out).toContain('removed own');
  expect(await json(['generator', 'list'])).toEqual({ generators: [] });
});
