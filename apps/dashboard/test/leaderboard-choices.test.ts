import { describe, expect, it } from 'vitest';
import { choicesOf } from '../src/features/leaderboard/choices.js';

const known = {
  tasks: [
    { name: 'moby-dick', title: 'Moby-Dick' },
    { name: 'spam', title: 'Spam' },
  ],
  bases: [{ name: 'nano' }, { name: 'micro' }],
  boards: [
    { task: 'moby-dick', title: 'Moby-Dick', base: 'nano', published: false },
    { task: 'peft', title: 'PEFT', base: 'llama', published: true },
    { task: 'peft', title: 'PEFT', base: 'qwen', published: true },
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
});
