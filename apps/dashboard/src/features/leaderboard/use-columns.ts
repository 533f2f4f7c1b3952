import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import type { Leaderboard } from '@rankforge/contracts';
import { type BoardColumn, boardColumns } from './columns.js';

/** Windows that have room for the columns up to a priority, beside the navigation. */
const rooms = { some: '(min-width: 62em)', all: '(min-width: 100em)' };

export interface ChosenColumns {
  /** All that the board has. */
  there: readonly BoardColumn[];
  /** The shown part of `there`. */
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
  const { there, columns, elsewhere } = columnsOn(board, chosen, room);
  return {
    there,
    columns,
    ids: columns.map(({ id }) => id),
    choose: (ids) => choose([...ids, ...elsewhere]),
    reset: chosen ? forget : undefined,
  };
}

/**
 * Columns that a board has, those of them that are shown, and what a choice on it keeps for boards with others.
 *
 * @param chosen undefined: those up to the priority `room`
 */
export function columnsOn(board: Leaderboard, chosen: readonly string[] | undefined, room: number) {
  const isShown = ({ id, priority }: BoardColumn) => (chosen ? chosen.includes(id) : priority <= room);
  const there = boardColumns.filter(({ on }) => on?.(board) ?? true);
  const elsewhere = boardColumns.filter((column) => !there.includes(column) && isShown(column)).map(({ id }) => id);
  return { there, columns: there.filter(isShown), elsewhere };
}
