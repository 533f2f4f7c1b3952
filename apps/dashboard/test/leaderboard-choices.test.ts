import { describe, expect, it } from 'vitest';
import { choicesOf, kindsOf } from '../src/features/leaderboard/choices.js';

const known = {
  tasks: [
    { name: 'moby-dick', title: 'Moby-Dick' },
    { name: 'spam', title: 'Spam' },
  ],
  bases: [{ name: 'nano' }, { name: 'micro' }],
  boards: [
    { task: 'moby-dick', title: 'Moby-Dick', base: 'nano', kind: 'finetune' as const, published: false },
    { task: 'peft', title: 'PEFT', base: 'llama', kind: 'finetune' as const, published: true },
    { task: 'peft', title: 'PEFT', base: 'qwen', kind: 'finetune' as const, published: true },
  ],
};

describe('the boards to choose from', () => {
  it('are those of every task and base, and published ones apart', () => {
    const { tasks, bases, task, base } = choicesOf(known, {});
    expect(tasks).toEqual([
      {
        group: 'Tasks',
        items: [
          { value: 'moby-dick', label: 'Moby-Dick' },
          { value: 'spam', label: 'Spam' },
        ],
      },
      { group: 'Published by others', items: [{ value: 'peft', label: 'PEFT' }] },
    ]);
    expect([bases, task, base]).toEqual([['nano', 'micro'], 'moby-dick', 'nano']);
  });

  it('of a published task are those of its own bases', () => {
    expect(choicesOf(known, { task: 'peft' })).toMatchObject({ bases: ['llama', 'qwen'], base: 'llama' });
    expect(choicesOf(known, { task: 'peft', base: 'qwen' }).base).toBe('qwen');
  });

  it('fall back to the first base when the address names one the task has not', () => {
    expect(choicesOf(known, { task: 'spam', base: 'llama' }).base).toBe('nano');
  });

  it('are none where nothing is known', () => {
    expect(choicesOf({ tasks: [], bases: [], boards: [] }, {})).toEqual({
      tasks: [],
      bases: [],
      task: undefined,
      base: undefined,
    });
  });

  it('say which kinds of sweep there are boards of, fine-tuning first', () => {
    const [own] = known.boards;
    const boards = [
      { ...own!, kind: 'compress' as const },
      own!,
      { ...own!, base: 'micro', kind: 'pretrain' as const },
    ];
    expect(kindsOf(boards, { task: 'moby-dick', base: 'nano' }).map(({ value }) => value)).toEqual([
      'finetune',
      'compress',
    ]);
  });
});
