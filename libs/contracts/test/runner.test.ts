import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FromRunner, ToRunner } from '../src/index.js';

/** What a worker and the runner of torch said to each other; the runner's own tests hold it to that. */
const conversation = readFileSync(new URL('../../../runners/torch/tests/conversation.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { to?: Record<string, unknown>; from?: Record<string, unknown> });

const [run] = conversation.flatMap(({ to }) => (to ? [to] : []));

describe('lines between a worker and a runner', () => {
  it('are what was recorded, field by field', () => {
    for (const { to, from } of conversation) {
      if (to) expect(ToRunner.parse(to)).toEqual(to);
      if (from) expect(FromRunner.parse(from)).toEqual(from);
    }
    expect(conversation.map(({ to, from }) => (to ?? from)!.type)).toEqual([
      'ready',
      'run',
      ...['loaded', 'progress', 'progress', 'evaluated', 'checkpoint', 'progress', 'progress', 'evaluated', 'ended'],
      'score',
      ...['loaded', 'evaluated', 'ended'],
    ]);
  });

  it('may have fields that nobody knows yet', () => {
    expect(ToRunner.parse({ ...run, later: 1 })).toEqual(run);
  });

  it('are refused where their type or version is unknown', () => {
    expect(ToRunner.safeParse({ ...run, type: 'dance' }).success).toBe(false);
    expect(ToRunner.safeParse({ ...run, version: 2 }).success).toBe(false);
  });

  it('name the test split to score alone', () => {
    const data = { ...(run!.data as object), test: { path: '/test', sha256: '0'.repeat(64) } };
    const sent = ToRunner.parse({ ...run, data });
    expect(JSON.stringify(sent)).not.toContain('test');
  });
});
