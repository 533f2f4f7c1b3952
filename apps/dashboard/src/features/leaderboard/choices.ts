/** @file Boards to choose from: ours, of any task and base, those of runs trained elsewhere, and those of results that others published. */
import {
  type BaseView,
  type BoardList,
  defaultSweepKind,
  runsOf,
  type SweepKind,
  sweepKindRecords,
  type TaskView,
} from '@rankforge/contracts';

type Board = BoardList['boards'][number];

interface Known {
  tasks: readonly Pick<TaskView, 'name' | 'title'>[];
  bases: readonly Pick<BaseView, 'name'>[];
  boards: readonly Board[];
}

interface Address {
  task?: string | undefined;
  base?: string | undefined;
  kind?: SweepKind | undefined;
}

export interface Choices {
  tasks: { group: string; items: { value: string; label: string }[] }[];
  /** Bases of the task, and the one of the address where it is none of them. */
  bases: { value: string; label: string }[];
  /** Kinds of sweep that the task and base have boards of, fine-tuning first. */
  kinds: { value: SweepKind; label: string }[];
  task: string | undefined;
  base: string | undefined;
  kind: SweepKind;
}

/** The newest of the boards that agree with everything the address names; undefined where there is none. */
export function newestBoard(boards: readonly Board[], address: Address): Board | undefined {
  return boards
    .filter((board) =>
      (['task', 'base', 'kind'] as const).every((name) => [undefined, board[name]].includes(address[name])),
    )
    .toSorted((a, b) => Date.parse(b.newestAt) - Date.parse(a.newestAt))[0];
}

/** What the page offers and shows: the choice of the address; what it leaves open is that of `newest`, else the first. */
export function choicesOf(
  { tasks, bases, boards }: Known,
  address: Address,
  newest = newestBoard(boards, address),
): Choices {
  const published = boards.filter((board) => board.published);
  const titles = new Map(published.map(({ task, title }) => [task, title]));
  const items = (isOf: (task: string) => boolean) =>
    [...titles].filter(([task]) => isOf(task)).map(([value, label]) => ({ value, label }));
  const task = address.task ?? newest?.task ?? tasks[0]?.name;
  const itsBases =
    task !== undefined && titles.has(task)
      ? published.filter((board) => board.task === task).map(({ base }) => base)
      : bases.map(({ name }) => name);
  const ofNewest = newest && itsBases.includes(newest.base) ? newest.base : undefined;
  // One that is not here is refused by name; the board of another would pass for its board.
  const base = address.base ?? ofNewest ?? itsBases[0];
  const found = new Set(boards.filter((board) => board.task === task && board.base === base).map(({ kind }) => kind));
  const kinds = sweepKindRecords
    .filter(({ name }) => found.has(name))
    .map(({ name, boardLabel }) => ({ value: name, label: boardLabel }));
  const isNewest = newest?.task === task && newest?.base === base;
  return {
    tasks: [
      { group: 'Tasks', items: tasks.map(({ name, title }) => ({ value: name, label: title })) },
      { group: 'Trained elsewhere', items: items((task) => runsOf(task) !== undefined) },
      { group: 'Published by others', items: items((task) => runsOf(task) === undefined) },
    ].filter(({ items }) => items.length > 0),
    bases: [
      ...itsBases.map((name) => ({ value: name, label: name })),
      ...(base === undefined || itsBases.includes(base) ? [] : [{ value: base, label: `${base} (not here)` }]),
    ],
    kinds,
    task,
    base,
    kind: address.kind ?? (isNewest ? newest?.kind : kinds[0]?.value) ?? defaultSweepKind,
  };
}
