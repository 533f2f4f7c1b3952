import { describe, expect, it } from 'vitest';
import { choicesOf, newestBoard } from '../src/features/leaderboard/choices.js';

const board = (
  task: string,
  base: string,
  day: number,
  more: { kind?: 'compress' | 'pretrain'; published?: true } = {},
) => ({
  task,
  title: task.toUpperCase(),
  base,
  kind: 'finetune' as const,
  published: false,
  newestAt: `2026-05-0${day}T00:00:00Z`,
  ...more,
});

const known = {
  tasks: [
    { name: 'moby-dick', title: 'Moby-Dick' },
    { name: 'spam', title: 'Spam' },
    { name: 'dataset:mine', title: 'mine' },
  ],
  bases: [{ name: 'nano' }, { name: 'micro' }],
  boards: [
    board('moby-dick', 'nano', 1),
    board('spam', 'micro', 5, { kind: 'compress' }),
    board('spam', 'micro', 4),
    board('spam', 'nano', 3),
    board('peft', 'llama', 2, { published: true }),
    board('peft', 'qwen', 1, { published: true }),
  ],
};

const options = (...names: string[]) => names.map((name) => ({ value: name, label: name }));

describe('choicesOf', () => {
  it('opens the newest board that has results', () => {
    expect(choicesOf(known, {})).toMatchObject({ task: 'spam', base: 'micro', kind: 'compress' });
    expect(choicesOf({ ...known, boards: [...known.boards, board('dataset:mine', 'micro', 9)] }, {})).toMatchObject({
      task: 'dataset:mine',
      base: 'micro',
      kind: 'finetune',
    });
  });

  it('fills what the address leaves open from the newest board that agrees with it', () => {
    expect(choicesOf(known, { kind: 'finetune' })).toMatchObject({ task: 'spam', base: 'micro', kind: 'finetune' });
    expect(choicesOf(known, { base: 'nano' })).toMatchObject({ task: 'spam', base: 'nano', kind: 'finetune' });
    expect(choicesOf(known, { task: 'moby-dick' })).toMatchObject({ base: 'nano', kind: 'finetune' });
    expect(choicesOf(known, { task: 'peft' })).toMatchObject({
      bases: options('llama', 'qwen'),
      base: 'llama',
    });
    expect(choicesOf(known, { task: 'peft', base: 'qwen' }).base).toBe('qwen');
  });

  it('stays with the board it is given while newer ones come in', () => {
    const opened = newestBoard(known.boards, {});
    const later = { ...known, boards: [...known.boards, board('moby-dick', 'nano', 9)] };
    expect(choicesOf(later, {}, opened)).toMatchObject({ task: 'spam', base: 'micro', kind: 'compress' });
  });

  it('offers every task and base, and published ones apart', () => {
    const { tasks, bases } = choicesOf(known, {});
    expect(tasks).toEqual([
      {
        group: 'Tasks',
        items: [
          { value: 'moby-dick', label: 'Moby-Dick' },
          { value: 'spam', label: 'Spam' },
          { value: 'dataset:mine', label: 'mine' },
        ],
      },
      { group: 'Published by others', items: [{ value: 'peft', label: 'PEFT' }] },
    ]);
    expect(bases).toEqual(options('nano', 'micro'));
  });

  it('offers runs trained elsewhere before what others published, with the bases of their boards', () => {
    const runs = board('runs:mine', 'llama-3-2-3b', 9, { published: true });
    const choices = choicesOf({ ...known, boards: [...known.boards, runs] }, {});
    expect(choices.tasks.slice(1)).toEqual([
      { group: 'Trained elsewhere', items: [{ value: 'runs:mine', label: 'RUNS:MINE' }] },
      { group: 'Published by others', items: [{ value: 'peft', label: 'PEFT' }] },
    ]);
    expect(choices).toMatchObject({ task: 'runs:mine', base: 'llama-3-2-3b', bases: options('llama-3-2-3b') });
  });

  it('falls back to the first task and base where there is no board', () => {
    expect(choicesOf({ ...known, boards: [] }, {})).toMatchObject({
      task: 'moby-dick',
      base: 'nano',
      kind: 'finetune',
    });
    expect(choicesOf(known, { task: 'dataset:mine' })).toMatchObject({ base: 'nano', kind: 'finetune' });
  });

  it('stays with a base of the address that the task has not, and says so', () => {
    const { base, bases } = choicesOf(known, { task: 'spam', base: 'llama' });
    expect(base).toBe('llama');
    expect(bases).toEqual([...options('nano', 'micro'), { value: 'llama', label: 'llama (not here)' }]);
  });

  it('is empty where nothing is known', () => {
    expect(choicesOf({ tasks: [], bases: [], boards: [] }, {})).toEqual({
      tasks: [],
      bases: [],
      kinds: [],
      task: undefined,
      base: undefined,
      kind: 'finetune',
    });
  });

  it('offers the kinds of sweep that the task and base have boards of, fine-tuning first', () => {
    expect(choicesOf(known, { task: 'spam', base: 'micro' }).kinds.map(({ value }) => value)).toEqual([
      'finetune',
      'compress',
    ]);
  });
});
