import { describe, expect, it } from 'vitest';
import { htmlText, markdownText } from '../src/exports/index.js';
import {
  AddRuns,
  ChangeSweep,
  CreateGenerator,
  CreateKey,
  CreateSweep,
  escapedLine,
  parseJson,
  printable,
  misleading as refused,
  refusedKey,
  shortened,
} from '../src/index.js';

/** One of each kind: C0, DEL, C1, ends of lines, marks, embeddings, overrides and isolates of direction. */
const misleading = [
  '\u0007',
  '\u001b[2J',
  '\n',
  '\t',
  '\u007f',
  '\u009b',
  '\u2028',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202e',
  '\u2066',
  '\u2069',
  '\u061c',
];

const run = { method: 'lora', score: 1 };
const board = { name: 'board', base: 'base', runs: [run] };

describe('a name that holds a letter which misleads', () => {
  const endpoint = { kind: 'endpoint', name: 'one', url: 'http://127.0.0.1:1/v1' };
  it.for([
    ['of a sweep', '/name', (name: string) => ChangeSweep.safeParse({ name })],
    ['of a tag', '/tags/0', (name: string) => ChangeSweep.safeParse({ tags: [name] })],
    ['of a key', '/name', (name: string) => CreateKey.safeParse({ name, role: 'viewer' })],
    ['of a model', '/model', (name: string) => CreateGenerator.safeParse({ ...endpoint, model: name })],
    ['of a board', '/title', (name: string) => AddRuns.safeParse({ ...board, title: name })],
    [
      'of a method',
      '/runs/0/method',
      (name: string) => AddRuns.safeParse({ ...board, runs: [{ ...run, method: name }] }),
    ],
    [
      'of a setting',
      '/runs/0/config',
      (name: string) => AddRuns.safeParse({ ...board, runs: [{ ...run, config: { [name]: 1 } }] }),
    ],
    ['of a base', '/base', (name: string) => AddRuns.safeParse({ ...board, base: name })],
  ] as const)('is refused %s', ([, path, parse]) => {
    expect(parse('a plain – name: 中文 é 🚀').error?.issues ?? []).toEqual([]);
    for (const letter of misleading) {
      const found = parse(`a${letter}b`).error?.issues[0];
      // Blanks of a tag are one blank.
      if (path === '/tags/0' && /\s/.test(letter)) expect(found).toBeUndefined();
      else expect(`/${found?.path.slice(0, path.split('/').length - 1).join('/')}`, JSON.stringify(letter)).toBe(path);
    }
  });

  it('is refused in words', () => {
    expect(ChangeSweep.safeParse({ name: 'a\u202eb' }).error?.issues).toMatchObject([{ message: refused }]);
    expect(
      CreateSweep.safeParse({ name: 'a\u001bb' }).error?.issues.find(({ path }) => path[0] === 'name'),
    ).toMatchObject({
      message: refused,
    });
  });

  it('is refused of a note too, whose lines and tabs stay', () => {
    expect(ChangeSweep.parse({ note: 'one\r\ntwo\tthree' })).toEqual({ note: 'one\ntwo\tthree' });
    expect(ChangeSweep.safeParse({ note: 'a\u202eb' }).error?.issues).toMatchObject([{ message: refused }]);
    const failed = { method: 'lora', outcome: 'failed', reason: 'Traceback:\n  out of memory' };
    expect(AddRuns.safeParse({ ...board, runs: [failed] }).success).toBe(true);
  });
});

describe('a text of others', () => {
  it('is printed without letters that mislead', () => {
    expect(printable('é 中\t\r\nb\rc\u001b[31m\u202ed\u2066')).toBe('é 中\t\r\nb\ufffdc\ufffd[31m\ufffdd\ufffd');
    expect(shortened('a\n  b\u202ec', 9)).toBe('a b\ufffdc');
    expect(shortened('abcdef', 4)).toBe('abc…');
  });

  it('stands in reports without them', () => {
    expect(htmlText('<a\u202eb>')).toBe('&lt;a\ufffdb&gt;');
    expect(markdownText('*a\u202eb')).toBe('\\*a\ufffdb');
  });

  it('is an escape in a line of a log, which reads back as it was', () => {
    const value = { name: 'a\u202eb\u009bc', other: 'é\n' };
    const line = escapedLine(`${JSON.stringify(value)}\n`);
    expect(line).toBe('{"name":"a\\u202eb\\u009bc","other":"é\\n"}\n');
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe('JSON of others', () => {
  it('is read 128 deep, and says its depth where it is deeper', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}"]]["${']'.repeat(depth)}`;
    expect(JSON.stringify(parseJson(nested(128)))).toBe(nested(128));
    for (const depth of [129, 1_000_000]) {
      expect(() => parseJson(nested(depth))).toThrow(
        `is nested ${depth} deep: at most 128 lists and objects within each other are read`,
      );
    }
    expect(() => parseJson('{')).toThrow(/^is not JSON: /);
  });

  it('has no key that objects have of their own, at any depth', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(refusedKey(JSON.parse(`{"a":[{"${key}":1}]}`))).toBe(key);
    }
    expect(refusedKey({ a: 'constructor', toString: 1 })).toBeUndefined();
  });
});
