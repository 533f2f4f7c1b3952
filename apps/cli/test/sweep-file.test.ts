import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSweep } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSweepFile } from '../src/commands/sweep-file.js';
import { linesIn, parseYaml } from '../src/yaml.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-sweep-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const parse = (text: string) => parseYaml(text, 'a.yaml');

describe('a file of YAML', () => {
  test('gives the values that JSON has, by the core schema of YAML 1.2', () => {
    const text = '# why\nlr: [1e-3, .5, 3]\nname: no\non: 2026-01-01\ntext: |\n  one\n  two\nnone: ~\nreuse: false\n';
    expect(parse(text)).toEqual({
      lr: [0.001, 0.5, 3],
      name: 'no',
      on: '2026-01-01',
      text: 'one\ntwo\n',
      none: null,
      reuse: false,
    });
  });

  test('repeats values by anchors, and merges them', () => {
    const text =
      'methods:\n  - &tuned { name: lora, learningRate: &rates [0.1] }\n  - { <<: *tuned, name: dora, rank: *rates }\n';
    expect(parse(text)).toEqual({
      methods: [
        { name: 'lora', learningRate: [0.1] },
        { name: 'dora', learningRate: [0.1], rank: [0.1] },
      ],
    });
  });

  test.each([
    ['an open list', 'name: a\nrank: [1, 2\ntask: b\n', /^a\.yaml, line 3, column 1: .*\]/],
    ['a key twice', 'name: a\ntask: b\nname: c\n', /^a\.yaml, line 3, column 1: .*unique/],
    ['a tag of a program', 'name: a\nbase: !!js/function x\n', /^a\.yaml, line 2, column 7: .*js\/function/],
    ['a second document', 'name: a\n---\nname: b\n', /^a\.yaml, line 2, column 1: /],
    ['a key that is a list', '? [a]\n: b\n', /^a\.yaml, line 1, column 3: /],
    ['a tab', 'training:\n\t- steps: 1\n', /^a\.yaml, line 2, column 1: Tabs/],
    [
      'no anchor of that name',
      'rank: *ranks\n',
      /^a\.yaml, line 1, column 7: \*ranks names no anchor &ranks before it$/,
    ],
    ['a circle', 'a:\n  - &a [1, *a]\n', /^a\.yaml, line 2, column 12: \*a stands within what it names$/],
    ['a number that JSON does not have', 'a: 1\nb: [.inf]\n', /^a\.yaml, line 2, column 5: Infinity is no number/],
  ])('fails at its line and column with %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(message), status: 2 }));
  });

  test('fails where a few lines would come to a million values', () => {
    const lines = 'abcdefg'.split('').map((name, at, all) => {
      const of = at === 0 ? 'x' : `*${all[at - 1]}`;
      return `${name}: &${name} [${Array(10).fill(of).join(', ')}]`;
    });
    expect(() => parse(lines.join('\n'))).toThrow(/^a\.yaml, line 2, column 8: aliases such as \*a repeat too much/);
  });
});

describe('the line of a value', () => {
  const lineOf = linesIn(
    '# why\nname: a\nrank: &ranks [4,\n  8]\nmethods:\n  - name: lora\n    rank: *ranks\n  - { name: dora }\na/b: 1\n',
  );

  test.each([
    ['/name', 2],
    ['/rank/1', 4],
    ['/methods/0/name', 6],
    ['/methods/1/name', 8],
    ['/a~1b', 9],
  ])('begins the value at %s', (path, line) => expect(lineOf(path)).toBe(line));

  test.each([
    ['/methods/1/config/alpha', 8],
    ['/methods/0/rank/1', 7],
    ['/rank/7', 3],
  ])('belongs to what is around %s where the text has no such value', (path, line) => expect(lineOf(path)).toBe(line));

  test('stays unknown where only the whole text is around it', () => {
    expect([lineOf('/seed/0'), lineOf('')]).toEqual([undefined, undefined]);
  });

  test('counts in JSON, too', () => {
    expect(linesIn('{\n\t"name": "a",\n\t"seed": [\n\t\t0,\n\t\t"x"\n\t]\n}')('/seed/1')).toBe(5);
  });
});

describe('the request of a sweep', () => {
  const write = async (name: string, content: string) => {
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  };

  test('reads as YAML or JSON by the ending of its file, with a byte order mark or without', async () => {
    for (const name of ['a.yaml', 'B.YML']) {
      expect((await readSweepFile(await write(name, '\uFEFFname: a # b\n'))).request).toEqual({ name: 'a' });
    }
    expect((await readSweepFile(await write('a.json', '\uFEFF{ "name": "a" }'))).request).toEqual({ name: 'a' });
    await expect(readSweepFile(await write('b.json', 'name: a\n'))).rejects.toThrow(/b\.json is not JSON/);
  });

  test.each([
    ['nothing.yaml', '# all of it a comment\n', 'got nothing'],
    ['list.yaml', '- name: a\n', 'got a list'],
    ['text.yml', 'name\n', 'got the string "name"'],
    ['number.json', '7', 'got the number 7'],
  ])('fails where %s holds no fields', async (name, content, got) => {
    await expect(readSweepFile(await write(name, content))).rejects.toThrow(
      `${name}: expected the fields of a sweep (name, task, base, methods, …), ${got}`,
    );
  });

  test('comes from the commented example as the API takes it', async () => {
    const file = join(import.meta.dirname, '../../../examples/01-moby-dick/commented.yaml');
    expect(await readFile(file, 'utf8')).toContain('#');
    const request = CreateSweep.parse((await readSweepFile(file)).request);
    expect(request).toMatchObject({
      tags: ['demo', 'lora'],
      methods: [{ name: 'lora', learningRate: [0.01, 0.03] }, {}, {}],
    });
    expect(request.note).toMatch(/sizes\?\nA tie is an answer, too\.$/);
  });
});
