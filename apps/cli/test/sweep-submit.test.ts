/** @file Requests of sweeps as files have them, and the name, the tags and the note of a sweep. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const spec = {
  name: 'from a file',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora' }],
  memoryBudgetMiB: [64],
  training: { steps: 5, batchSize: 2, sequenceLength: 16 },
};

describe('a request on standard input', () => {
  test('reads behind a byte order mark', async () => {
    const input = `\uFEFF${JSON.stringify(spec)}`;
    expect(await run(['sweep', 'preview', '-'], { input })).toMatchObject({ status: 0 });
  });

  const yaml = '# two trainings\nname: commented\ntask: moby-dick\nbase: nano-sotu\nmethods: [{ name: lora }]\n';

  test('reads as YAML, or fails at its line', async () => {
    const { trials } = await json<{ trials: number }>(
      ['sweep', 'preview', '-'],
      `${yaml}memoryBudgetMiB: [64]\nseed: [0, 1]\ntraining: { steps: 5, batchSize: 2, sequenceLength: 16 }\n`,
    );
    expect(trials).toBe(2);
    expect(await run(['sweep', 'submit', '-'], { input: `${yaml}rank: [4\n` })).toMatchObject({
      status: 2,
      err: expect.stringMatching(/standard input, line 7, column 1: /),
    });
  });

  test.each(['submit', 'preview'])(
    'gets a refusal of %s with the line of each field that is wrong',
    async (command) => {
      const wrong = `${yaml}memoryBudgetMiB:\n  - 64\n  - none\ntraining: { stepz: 5 }\n`;
      const { status, err } = await run(['sweep', command, '-'], { input: wrong });
      expect(status).toBe(3);
      expect(err).toMatch(/^ {2}\/memoryBudgetMiB\/1 \(standard input, line 8\): /m);
      expect(err).toMatch(/^ {2}\/training\/stepz \(standard input, line 9\): unknown key/m);
      const input = JSON.stringify({ ...spec, memoryBudgetMiB: ['x'] }, null, 2);
      expect((await run(['sweep', command, '-'], { input })).err).toMatch(
        /^ {2}\/memoryBudgetMiB\/0 \(standard input, line 11\): /m,
      );
    },
  );

  test('says in words that it is nested too deep, in JSON and in YAML', async () => {
    const deep = (depth: number) => `{"name": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(await run(['sweep', 'submit', '-'], { input: deep(20_000) })).toMatchObject({
      status: 2,
      err: 'standard input is nested 20001 deep: at most 128 lists and objects within each other are read',
    });
    for (const input of [
      `a: ${'['.repeat(50_000)}`,
      `a:\n  ${'- '.repeat(20_000)}b\n`,
      `a: ${'['.repeat(200)}${']'.repeat(200)}`,
    ]) {
      expect(await run(['sweep', 'submit', '-'], { input })).toMatchObject({
        status: 2,
        err: 'standard input is nested too deep: at most 128 lists and objects within each other are read',
      });
    }
  });

  test.each(['__proto__: { priority: 1 }\n', 'training: { __proto__: { steps: 5 } }\n'])(
    'gets a refusal for a key that JavaScript keeps for itself: %s',
    async (key) => {
      const { status, err } = await run(['sweep', 'submit', '-'], { input: `${yaml}memoryBudgetMiB: [64]\n${key}` });
      expect(status).toBe(3);
      expect(err).toMatch(/^400 /m);
    },
  );
});

test('rename, tag and note give a sweep what it is found by', async () => {
  const steer = (...args: string[]) => json<object>(['sweep', ...args]);
  const labels = ['--tag', 'Series', 'first', '--note', 'to be seen'];
  const made = await json<{ id: string; tags: string[]; note: string }>(
    ['sweep', 'submit', '-', ...labels],
    JSON.stringify({ ...spec, tags: ['from the file'] }),
  );
  const { id } = made;
  expect(made).toMatchObject({ tags: ['first', 'from the file', 'series'], note: 'to be seen' });
  expect(await steer('rename', id, 'Found again')).toMatchObject({ changed: 1, sweep: { name: 'Found again' } });
  const tags = ['first', 'second', 'series'];
  expect(await steer('tag', id, 'Second', '--remove', 'from the file')).toMatchObject({ sweep: { tags } });
  expect((await run(['sweep', 'tag', id])).out).toBe(tags.join('\n'));
  expect(await run(['sweep', 'tag', id, 'second'])).toMatchObject({ status: 0, err: 'nothing to change' });
  expect(await run(['sweep', 'tag', id, 'a,b'])).toMatchObject({ status: 3, err: expect.stringContaining('commas') });
  expect((await run(['sweep', 'note', id])).out).toBe('to be seen');
  const piped = await run(['sweep', 'note', id, '-', '--json'], { input: 'two\nlines\n' });
  expect(JSON.parse(piped.out)).toMatchObject({ sweep: { note: 'two\nlines' } });
  expect((await run(['sweep', 'note', id])).out).toBe('two\nlines');
  expect(await steer('note', id, '')).toMatchObject({ sweep: { note: null } });
  const listed = await run(['sweep', 'list', '--tag', 'series', 'second']);
  expect(listed.out.split('\n').slice(1)).toEqual([expect.stringMatching(/first, second, series +Found again$/)]);
  expect((await run(['sweep', 'list', '--tag', 'series', 'third'])).out).not.toContain(id);
  const { tags: all } = await json<{ tags: object[] }>(['sweep', 'tags']);
  expect(all).toEqual(expect.arrayContaining(tags.map((tag) => ({ tag, sweeps: 1 }))));
  expect((await run(['sweep', 'tags'])).out.split('\n')[0]).toBe('sweeps  tag');
  const hidden = 'seen \u001b[8mhidden\u001b[2A\nagain';
  expect(await run(['sweep', 'note', id, hidden])).toMatchObject({
    status: 3,
    err: expect.stringContaining('/note: must hold no control character'),
  });
  // One of an earlier version.
  await platform.db.sweep.update({ where: { id }, data: { note: hidden } });
  expect((await run(['sweep', 'note', id])).out).toBe('seen \ufffd[8mhidden\ufffd[2A\nagain');
});
