import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import type { Leaderboard } from '@rankforge/contracts';
import { type BoardColumn, boardColumns } from './columns.js';

/** Windows that have room for the columns up to a priority, beside the navigation. */
const rooms = { some: '(min-width: 62em)', all: '(min-width: 100em)' };

export interface ChosenColumns {
  columns: readonly BoardColumn[];
  ids: string[];
  choose: (ids: string[]) => void;
  /** Back to as many as there is room for; undefined while that is what is shown. */
  reset: (() => void) | undefined;
}

/** The columns that were chosen on this machine; until then, as many as the window has room for. */
export function useColumns(board: Leaderboard): ChosenColumns {
  const [chosen, choose, forget] = useLocalStorage<string[] | undefined>({
    key: 'rankforge.leaderboard.columns',
    getInitialValueInEffect: false,
  });
  const some = useMediaQuery(rooms.some, undefined, { getInitialValueInEffect: false });
  const all = useMediaQuery(rooms.all, undefined, { getInitialValueInEffect: false });
  const room = all ? 2 : some ? 1 : 0;
  const there = boardColumns.filter(({ on }) => on?.(board) ?? true);
  const columns = there.filter(({ id, priority }) => (chosen ? chosen.includes(id) : priority <= room));
  return { columns, ids: columns.map(({ id }) => id), choose, reset: chosen ? forget : undefined };
}
