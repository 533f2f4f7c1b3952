/** @file Which boards can be looked at: ours, of any task and base, and those of results that others published. */
import type { BaseView, BoardList, SweepKind, TaskView } from '@rankforge/contracts';

interface Known {
  tasks: readonly Pick<TaskView, 'name' | 'title'>[];
  bases: readonly Pick<BaseView, 'name'>[];
  boards: BoardList['boards'];
}

export interface Choices {
  tasks: { group: string; items: { value: string; label: string }[] }[];
  bases: string[];
  /** Chosen by the address, else the first there is. */
  task: string | undefined;
  base: string | undefined;
}

export const kindNames: Readonly<Record<SweepKind, string>> = {
  finetune: 'Fine-tuning',
  pretrain: 'Pretraining',
  compress: 'Compression',
};

/** Kinds of sweep that a task and base have boards of, fine-tuning first. */
export function kindsOf(boards: BoardList['boards'], on: { task: string | undefined; base: string | undefined }) {
  const found = new Set(
    boards.filter(({ task, base }) => task === on.task && base === on.base).map(({ kind }) => kind),
  );
  return (['finetune', 'pretrain', 'compress'] as const)
    .filter((kind) => found.has(kind))
    .map((kind) => ({ value: kind, label: kindNames[kind] }));
}

export function choicesOf({ tasks, bases, boards }: Known, search: { task?: string; base?: string }): Choices {
  const published = boards.filter((board) => board.published);
  const titles = new Map(published.map(({ task, title }) => [task, title]));
  const task = search.task ?? tasks[0]?.name ?? published[0]?.task;
  const itsBases =
    task !== undefined && titles.has(task)
      ? published.filter((board) => board.task === task).map(({ base }) => base)
      : bases.map(({ name }) => name);
  return {
    tasks: [
      { group: 'Tasks', items: tasks.map(({ name, title }) => ({ value: name, label: title })) },
      { group: 'Published by others', items: [...titles].map(([value, label]) => ({ value, label })) },
    ].filter(({ items }) => items.length > 0),
    bases: itsBases,
    task,
    base: search.base !== undefined && itsBases.includes(search.base) ? search.base : itsBases[0],
  };
}
