-- Quotas of a key, beside those of its project.
ALTER TABLE "ApiKey"
    ADD COLUMN "maxRunningTrials" INTEGER,
    ADD COLUMN "maxReservedMiB" BIGINT,
    ADD COLUMN "maxStoredMiB" BIGINT,
    ADD CONSTRAINT "ApiKey_quotas" CHECK ("maxRunningTrials" >= 0 AND "maxReservedMiB" >= 0 AND "maxStoredMiB" >= 0);

-- What a key has made.
CREATE INDEX "Sweep_createdById_idx" ON "Sweep"("createdById");

-- Serializes whoever counts against a quota of this project or of this key, until the transaction ends. Keys of a project
-- are counted under its row: their own is written whenever they sign in. Those of the whole installation count in every
-- project; all of them share one lock, taken after the project's, so that none waits in a circle.
CREATE FUNCTION "lock_quotas"("ofProject" UUID, "ofKey" UUID) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "Project" p WHERE p."id" = "ofProject" FOR NO KEY UPDATE;
  IF EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = "ofKey" AND k."projectId" IS NULL) THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('rankforge.quotas of installation keys', 0));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION "trial_quota"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  quota RECORD;
  taken RECORD;
BEGIN
  SELECT p."id" AS "project", p."maxRunningTrials" AS "running", p."maxReservedMiB" * 1048576 AS "bytes",
    k."id" AS "key", k."maxRunningTrials" AS "keyRunning", k."maxReservedMiB" * 1048576 AS "keyBytes" INTO quota
  FROM "Sweep" s JOIN "Project" p ON p."id" = s."projectId" LEFT JOIN "ApiKey" k ON k."id" = s."createdById"
  WHERE s."id" = NEW."sweepId"
    AND COALESCE(p."maxRunningTrials", p."maxReservedMiB", k."maxRunningTrials", k."maxReservedMiB") IS NOT NULL;
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  PERFORM "lock_quotas"(quota."project", quota."key");
  IF COALESCE(quota."running", quota."bytes") IS NOT NULL THEN
    SELECT count(*) AS "running", COALESCE(sum(t."predictedBytes"), 0) AS "bytes" INTO taken
    FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId" WHERE t."state" = 'RUNNING' AND s."projectId" = quota."project";
    IF taken."running" >= quota."running" OR taken."bytes" + NEW."predictedBytes" > quota."bytes" THEN
      RETURN NULL;
    END IF;
  END IF;
  IF COALESCE(quota."keyRunning", quota."keyBytes") IS NOT NULL THEN
    SELECT count(*) AS "running", COALESCE(sum(t."predictedBytes"), 0) AS "bytes" INTO taken
    FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId" WHERE t."state" = 'RUNNING' AND s."createdById" = quota."key";
    IF taken."running" >= quota."keyRunning" OR taken."bytes" + NEW."predictedBytes" > quota."keyBytes" THEN
      RETURN NULL;
    END IF;
  END IF;
  RETURN NEW;
END $$;
