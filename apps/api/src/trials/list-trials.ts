import type { TrialPage, TrialQuery } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { decodeCursor, encodeCursor, type Position } from '../platform/http/cursor.js';
import { inProject } from '../projects/in-project.js';
import { type TrialRow, trialColumns, viewTrial } from './trial-view.js';

type SortColumn = 'ordinal' | 'objective' | 'measuredBytes' | 'updatedAt';

/** Sorting columns as SQL, and the type their text form is read back as. */
const columns: Record<SortColumn, { sql: Prisma.Sql; type: Prisma.Sql }> = {
  ordinal: { sql: Prisma.sql`t."ordinal"`, type: Prisma.sql`int` },
  objective: { sql: Prisma.sql`t."objective"`, type: Prisma.sql`float8` },
  measuredBytes: { sql: Prisma.sql`t."measuredBytes"`, type: Prisma.sql`bigint` },
  updatedAt: { sql: Prisma.sql`t."updatedAt"`, type: Prisma.sql`timestamptz` },
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
    SELECT ${trialColumns}, ${column.sql}::text AS "sortValue" FROM "Trial" t WHERE ${Prisma.join(conditions, ' AND ')}
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
  const { sweepId, state, kind, method, optimizer, rank, seed } = query;
  return [
    ...(sweepId ? [Prisma.sql`t."sweepId" = ${sweepId}::uuid`] : []),
    ...(state ? [Prisma.sql`t."state"::text = ANY(${[state].flat()}::text[])`] : []),
    ...(kind ? [Prisma.sql`t."kind" = ${kind}::"TrialKind"`] : []),
    ...(method ? [Prisma.sql`t."method" = ${method}`] : []),
    ...(optimizer ? [Prisma.sql`t."optimizer" = ${optimizer}`] : []),
    ...(rank !== undefined ? [Prisma.sql`t."rank" = ${rank}`] : []),
    ...(seed !== undefined ? [Prisma.sql`t."seed" = ${seed}`] : []),
  ];
}

function behind({ sql, type }: (typeof columns)[SortColumn], descending: boolean, { id, value }: Position): Prisma.Sql {
  const further = descending ? Prisma.sql`<` : Prisma.sql`>`;
  if (value === null || value === undefined) return Prisma.sql`(${sql} IS NULL AND t."id" ${further} ${id}::uuid)`;
  const at = Prisma.sql`${value}::${type}`;
  return Prisma.sql`((${sql}, t."id") ${further} (${at}, ${id}::uuid) OR ${sql} IS NULL)`;
}
