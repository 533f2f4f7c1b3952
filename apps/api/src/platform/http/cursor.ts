import { z } from 'zod';
import { invalid, type ProblemError } from './problem.js';

/** Position behind an item of a listing: its id and, where it sorts by something else, that value (as text). */
const Position = z.strictObject({ list: z.string(), id: z.uuid(), value: z.string().nullable().optional() });
export type Position = Omit<z.infer<typeof Position>, 'list'>;

/** An opaque cursor. `list` names the listing and its order, so that a cursor of another one is refused. */
export function encodeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify({ list, ...position })).toString('base64url');
}

/** @throws ProblemError when the cursor is not one of this listing */
export function decodeCursor(cursor: string, list: string): Position {
  try {
    const position = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (position.list === list) return position;
  } catch {
    // Whatever it is, it did not come from encodeCursor.
  }
  throw unknownCursor();
}

/** Refuses a cursor that no page of the listing has. */
export function unknownCursor(): ProblemError {
  return invalid([{ path: '/cursor', message: 'expected the nextCursor of a page with the same filters and order' }]);
}
