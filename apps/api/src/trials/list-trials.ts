import { largestInt, type TrialPage, type TrialQuery } from '@rankforge/contracts';
import { isFolded, Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { decodeCursor, encodeCursor, type Position, unknownCursor } from '../platform/http/cursor.js';
import { inProject } from '../projects/in-project.js';
import { type TrialRow, trialColumns, viewTrial } from './trial-view.js';

type SortColumn = 'ordinal' | 'objective' | 'measuredBytes' | 'updatedAt';

/** A column that sorts, how a cursor writes its value, and how it is read back from a text that anyone may have written. */
interface Column {
  sql: Prisma.Sql;
  written: Prisma.Sql;
  read(text: string): Prisma.Sql | undefined;
}

const numbers = (sql: Prisma.Sql, type: Prisma.Sql, most: bigint): Column => ({
  sql,
  written: Prisma.sql`${sql}::text`,
  read: (text) => (/^\d{1,19}$/.test(text) && BigInt(text) <= most ? Prisma.sql`${text}::${type}` : undefined),
});

const columns: Record<SortColumn, Column> = {
  ordinal: numbers(Prisma.sql`t."ordinal"`, Prisma.sql`int`, BigInt(largestInt)),
  measuredBytes: numbers(Prisma.sql`t."measuredBytes"`, Prisma.sql`bigint`, 2n ** 63n - 1n),
  objective: {
    sql: Prisma.sql`t."objective"`,
    written: Prisma.sql`t."objective"::text`,
    // A number that JavaScript takes for 0 and is written otherwise is too small for Postgres.
    read(text) {
      const number = Number(text);
      const is = /^-?[\d.]+(e[-+]?\d+)?$/.test(text) && Number.isFinite(number) && (number !== 0 || /^-?0$/.test(text));
      return is ? Prisma.sql`${text}::float8` : undefined;
    },
  },
  updatedAt: {
    sql: Prisma.sql`t."updatedAt"`,
    written: Prisma.sql`(extract(epoch FROM t."updatedAt") * 1000)::bigint::text`,
    read: (text) => (/^\d{1,13}$/.test(text) ? Prisma.sql`to_timestamp(${text}::bigint / 1000.0)` : undefined),
  },
};

/** A page of trials behind a cursor. Values that are missing come last, whatever the direction. */
export async function listTrials(sql: Sql, query: TrialQuery, projectId: string): Promise<TrialPage> {
  const descending = query.sort.startsWith('-');
  const column = columns[query.sort.replace(/^-/, '') as SortColumn];
  const list = `trials ${query.sort}`;
  const conditions = [inProject(projectId), ...filters(query)];
  if (query.cursor !== undefined) conditions.push(behind(column, descending, decodeCursor(query.cursor, list)));
  const direction = descending ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const rows = await sql.$queryRaw<(TrialRow & { sortValue: string | null })[]>`
    SELECT ${trialColumns}, ${column.written} AS "sortValue" FROM "Trial" t WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${column.sql} ${direction} NULLS LAST, t."id" ${direction} LIMIT ${query.limit + 1}`;
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(viewTrial),
    ...(rows.length > query.limit && last
      ? { nextCursor: encodeCursor(list, { id: last.id, value: last.sortValue }) }
      : {}),
  };
}

function filters(query: TrialQuery): Prisma.Sql[] {
  const { sweepId, state, kind, partOf, method, optimizer, rank, seed } = query;
  return [
    ...(sweepId ? [Prisma.sql`t."sweepId" = ${sweepId}::uuid`] : []),
    ...(state ? [Prisma.sql`t."state"::text = ANY(${[state].flat()}::text[])`] : []),
    ...(kind ? [Prisma.sql`t."kind" = ${kind}`] : []),
    ...(partOf ? [Prisma.sql`t."partOfId" = ${partOf}::uuid`] : []),
    ...(kind || partOf ? [] : [Prisma.sql`NOT ${isFolded('t')}`]),
    ...(method ? [Prisma.sql`t."method" = ${method}`] : []),
    ...(optimizer ? [Prisma.sql`t."optimizer" = ${optimizer}`] : []),
    ...(rank !== undefined ? [Prisma.sql`t."rank" = ${rank}`] : []),
    ...(seed !== undefined ? [Prisma.sql`t."seed" = ${seed}`] : []),
  ];
}

function behind({ sql, read }: Column, descending: boolean, { id, value }: Position): Prisma.Sql {
  const further = descending ? Prisma.sql`<` : Prisma.sql`>`;
  if (value === null || value === undefined) return Prisma.sql`(${sql} IS NULL AND t."id" ${further} ${id}::uuid)`;
  const at = read(value);
  if (!at) throw unknownCursor();
  return Prisma.sql`((${sql}, t."id") ${further} (${at}, ${id}::uuid) OR ${sql} IS NULL)`;
}
