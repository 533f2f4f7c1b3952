-- A claim that would take a project over a quota changes nothing, and the trial goes on waiting. The project's row is
-- locked while the claim counts, so that two claims at once cannot both take the last place. Within a statement that
-- claims several trials, each sees those before it.
CREATE FUNCTION "trial_quota"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  quota RECORD;
  taken RECORD;
BEGIN
  SELECT p."id", p."maxRunningTrials" AS "running", p."maxReservedMiB" * 1048576 AS "bytes" INTO quota
  FROM "Project" p WHERE p."id" = (SELECT s."projectId" FROM "Sweep" s WHERE s."id" = NEW."sweepId")
    AND (p."maxRunningTrials" IS NOT NULL OR p."maxReservedMiB" IS NOT NULL);
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  PERFORM 1 FROM "Project" p WHERE p."id" = quota."id" FOR NO KEY UPDATE;
  SELECT count(*) AS "running", COALESCE(sum(t."predictedBytes"), 0) AS "bytes" INTO taken
  FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId" WHERE t."state" = 'RUNNING' AND s."projectId" = quota."id";
  IF taken."running" >= quota."running" OR taken."bytes" + NEW."predictedBytes" > quota."bytes" THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "trial_quota" BEFORE UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (OLD."state" = 'QUEUED' AND NEW."state" = 'RUNNING') EXECUTE FUNCTION "trial_quota"();
