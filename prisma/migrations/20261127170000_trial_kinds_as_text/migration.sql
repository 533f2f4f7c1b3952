-- The kind of a trial is text, as that of a sweep is: the records in libs/contracts say which there are, so that a further kind
-- needs no migration. What names a kind here goes by what its trials have instead.
DROP TRIGGER "trial_drift_told" ON "Trial";
DROP INDEX "Trial_siblings_idx";
ALTER TABLE "Trial" ALTER COLUMN "kind" TYPE TEXT USING "kind"::text;
DROP TYPE "TrialKind";

-- Siblings of a claimed trial, next first.
CREATE INDEX "Trial_siblings_idx" ON "Trial" ("task", "base", "engine", "priority" DESC, "ordinal", "id")
  WHERE "state" = 'QUEUED' AND NOT "alone";

-- Only a training measures its bytes.
CREATE TRIGGER "trial_drift_told" AFTER UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (OLD."state" = 'RUNNING' AND NEW."state" IN ('SUCCEEDED', 'OVER_BUDGET') AND NEW."measuredBytes" IS NOT NULL)
  EXECUTE FUNCTION "trial_drift_told"();

-- A session keeps claims prepared, and one whose statement returned a column of another type would fail for good. So a migration that
-- changes such a type ends the other sessions once it holds the table: programs connect anew, as after an outage, and wait for the
-- table. Runners of migrations, which hold Prisma's lock or wait for it, are spared: they prepare nothing.
CREATE FUNCTION "end_other_sessions"() RETURNS void LANGUAGE sql AS $$
  SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
    AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.objid = 72707369);
$$;
SELECT "end_other_sessions"();
