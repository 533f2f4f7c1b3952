/** @file What files and rows are used by: one statement over the rows that name them. */
import { artifactKinds, type StorageReport } from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { finestRoom } from './series.js';
import { rowSizes } from './sweep-removal.js';

export type StorageUse = Pick<StorageReport, 'kinds' | 'projects' | 'sweeps' | 'databaseBytes'>;

/** A report that takes longer is given up: it is read beside everything else. */
const longestSeconds = 30;

const size = (...tables: string[]) =>
  Prisma.raw(`(${tables.map((table) => `pg_total_relation_size('"${table}"')`).join(' + ')})::float8`);

const kindOfArtifact = Prisma.join(
  Object.entries(artifactKinds).map(([kind, { storage }]) => Prisma.sql`(${kind}, ${storage})`),
);

/**
 * Reads bytes by kind, project and sweep. Files count with the size that their rows say. Tables of PostgreSQL are shared out: metrics by
 * points and series, logs by their length, trials by their number.
 *
 * @param options.projectId omitted: the whole installation, with its events and the size of the database
 * @param options.sweeps how many are listed
 * @throws Error of PostgreSQL where it takes longer than 30 s
 * @example (await readStorage(db, { sweeps: 20 })).kinds[0] // { kind: 'adapters', bytes: 7340032 }
 */
export async function readStorage(
  db: Database,
  { projectId, sweeps }: { projectId?: string | undefined; sweeps: number },
): Promise<StorageUse> {
  const own = (of: string) =>
    projectId === undefined ? Prisma.sql`true` : Prisma.sql`${Prisma.raw(of)} = ${projectId}::uuid`;
  const report = Prisma.sql`
    WITH "points" AS (
      SELECT t."sweepId", sum(w."bytes") AS "weight" FROM (
        SELECT k."trialId", ${rowSizes.series}::int + pg_column_size(k."steps") + pg_column_size(k."values") + ${rowSizes.point}::int
          * CASE WHEN s."thinnedAt" IS NULL THEN k."total" ELSE LEAST(k."total", ${finestRoom}::int) END::float8 AS "bytes"
        FROM "MetricSketch" k JOIN "MetricSummary" s ON s."trialId" = k."trialId" WHERE k."room" = ${finestRoom}::int
        UNION ALL
        SELECT "trialId", ${rowSizes.series}::int + pg_column_size("steps") + pg_column_size("values") FROM "MetricMeans"
        UNION ALL
        SELECT u."id", m."points" * ${rowSizes.point}::int FROM "Trial" u
          CROSS JOIN LATERAL (SELECT count(*) AS "points" FROM "Metric" WHERE "trialId" = u."id") m
        WHERE u."startedAt" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "MetricSummary" s WHERE s."trialId" = u."id")
      ) w JOIN "Trial" t ON t."id" = w."trialId" GROUP BY 1
    ), "logs" AS (
      SELECT t."sweepId", sum(${rowSizes.attempt}::int + pg_column_size(a."logTail"))::float8 AS "weight"
      FROM "Attempt" a JOIN "Trial" t ON t."id" = a."trialId" GROUP BY 1
    ), "trials" AS (
      SELECT "sweepId", count(*)::float8 AS "weight" FROM "Trial" GROUP BY 1
    ), "rows" AS (
      SELECT "kind", "sweepId", round("size" * "weight" / sum("weight") OVER (PARTITION BY "kind")) AS "bytes" FROM (
        SELECT 'metrics' AS "kind", "sweepId", "weight", ${size('Metric', 'MetricSummary', 'MetricSketch', 'MetricMeans')} AS "size" FROM "points"
        UNION ALL SELECT 'logs', "sweepId", "weight", ${size('Attempt')} FROM "logs"
        UNION ALL SELECT 'trials', "sweepId", "weight", ${size('Trial')} FROM "trials") shared
      WHERE "weight" > 0
    ), "files" AS (
      SELECT k."storage" AS "kind", s."projectId", t."sweepId", a."sha256", a."bytes"
      FROM "Artifact" a JOIN "Trial" t ON t."id" = a."trialId" JOIN "Sweep" s ON s."id" = t."sweepId"
        JOIN (VALUES ${kindOfArtifact}) k("kind", "storage") ON k."kind" = a."kind"
      UNION ALL SELECT 'datasets', "projectId", NULL, "sha256", "bytes" FROM "Dataset"
      UNION ALL SELECT 'adapters', "projectId", NULL, "sha256", "bytes" FROM "ImportedAdapter"
    ), "kept" AS (
      SELECT "kind", "projectId", "sweepId", "sha256", max("bytes") AS "bytes" FROM "files" WHERE ${own('"projectId"')} GROUP BY 1, 2, 3, 4
    ), "ofSweeps" AS (
      SELECT s."id", s."name", s."projectId", s."state"::text AS "state", s."removedAt" IS NOT NULL AS "removed",
        COALESCE(f."bytes", 0) AS "fileBytes", COALESCE(r."bytes", 0) AS "rowBytes"
      FROM "Sweep" s
        LEFT JOIN (SELECT "sweepId", sum("bytes") AS "bytes" FROM (
          SELECT DISTINCT ON ("sweepId", "sha256") "sweepId", "bytes" FROM "kept") once GROUP BY 1) f ON f."sweepId" = s."id"
        LEFT JOIN (SELECT "sweepId", sum("bytes") AS "bytes" FROM "rows" GROUP BY 1) r ON r."sweepId" = s."id"
      WHERE ${own('s."projectId"')} AND COALESCE(f."bytes", r."bytes") IS NOT NULL
    ), "ofProjects" AS (
      SELECT p."id", p."name",
        COALESCE((SELECT sum("bytes") FROM (
          SELECT DISTINCT ON ("sha256") "bytes" FROM "kept" k WHERE k."projectId" = p."id") once), 0) AS "fileBytes",
        COALESCE((SELECT sum(s."rowBytes") FROM "ofSweeps" s WHERE s."projectId" = p."id"), 0) AS "rowBytes"
      FROM "Project" p WHERE ${own('p."id"')}
    ), "ofKinds" AS (
      SELECT "kind", sum("bytes") AS "bytes" FROM (
        SELECT "kind", max("bytes") AS "bytes" FROM "kept" GROUP BY "kind", "sha256"
        UNION ALL SELECT r."kind", r."bytes" FROM "rows" r JOIN "ofSweeps" s ON s."id" = r."sweepId"
        UNION ALL SELECT 'events', ${size('Event')} WHERE ${projectId === undefined}::boolean) each_ GROUP BY 1
    )
    SELECT
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('kind', "kind", 'bytes', "bytes") ORDER BY "bytes" DESC, "kind"), '[]') FROM "ofKinds") AS "kinds",
      (SELECT jsonb_agg(jsonb_build_object('id', "id", 'name', "name", 'fileBytes', "fileBytes", 'rowBytes', "rowBytes")
        ORDER BY "fileBytes" + "rowBytes" DESC, "name") FROM "ofProjects") AS "projects",
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', s."id", 'name', s."name", 'state', s."state", 'removed', s."removed",
          'project', jsonb_build_object('id', p."id", 'name', p."name"), 'fileBytes', s."fileBytes", 'rowBytes', s."rowBytes")
        ORDER BY s."fileBytes" + s."rowBytes" DESC, s."id"), '[]')
        FROM (SELECT * FROM "ofSweeps" ORDER BY "fileBytes" + "rowBytes" DESC, "id" LIMIT ${sweeps}::int) s
          JOIN "Project" p ON p."id" = s."projectId") AS "sweeps",
      CASE WHEN ${projectId === undefined}::boolean THEN pg_database_size(current_database())::float8 END AS "databaseBytes"`;
  return db.$transaction(
    async (sql) => {
      await sql.$executeRawUnsafe(`SET LOCAL statement_timeout = '${longestSeconds}s'`);
      const [row] = await sql.$queryRaw<StorageUse[]>(report);
      return row!;
    },
    { timeout: (longestSeconds + 5) * 1000, maxWait: 10_000 },
  );
}
