-- Counts that a scrape of the metrics and the reconciler read, without a look at trials or attempts. Whoever changes those adds summands
-- here in the same statement: two statements never wait for each other, as they would for a row that holds a sum. A key may have many
-- rows, which db: foldTally replaces by their sum.
CREATE TABLE "Tally" (
  -- By label: 'trials' by kind and state; 'queued' by sweepId (absent where none waits any more), engine, memoryClassMiB and site;
  -- 'attempts' that ended by outcome and engine; 'stepMs' and 'memoryRatio' of trainings that ended by kind, method, engine, value
  -- (of three digits) and slot (the seconds since 1970 at which the quarter of an hour of the end began; for 'memoryRatio' the hour).
  "of" TEXT NOT NULL,
  -- Null: attempts of sweeps that were removed before this table was.
  "projectId" UUID,
  "labels" JSONB NOT NULL,
  "count" BIGINT NOT NULL
);

-- Trials that will not run again and whose series are to be summarized.
CREATE TABLE "SeriesDue" (
    "trialId" UUID NOT NULL,

    CONSTRAINT "SeriesDue_pkey" PRIMARY KEY ("trialId")
);

-- Keys under which a trial is counted as it is.
CREATE FUNCTION "tally_of_trial"("kind" TEXT, "state" "TrialState", "sweepId" UUID, "engine" TEXT, "memoryClassMiB" INTEGER, "site" TEXT)
RETURNS TABLE ("of" TEXT, "labels" JSONB) LANGUAGE sql STABLE AS $$
  SELECT 'trials', jsonb_build_object('kind', "kind", 'state', "state")
  UNION ALL
  SELECT 'queued', jsonb_build_object('sweepId', "sweepId", 'engine', "engine", 'memoryClassMiB', "memoryClassMiB", 'site', "site")
  WHERE "state" = 'QUEUED'
$$;
-- Keys under which a training that ended is counted by what was measured of it.
CREATE FUNCTION "tally_of_training"("trial" JSONB, "measuredBytes" BIGINT, "predictedBytes" BIGINT, "result" JSONB, "finishedAt" TIMESTAMPTZ)
RETURNS TABLE ("of" TEXT, "labels" JSONB) LANGUAGE sql STABLE AS $$
  SELECT m."of", "trial" || jsonb_build_object('value', round(m."value", 2 - floor(log(m."value"))::integer),
    'slot', floor(extract(epoch FROM "finishedAt") / m."seconds")::bigint * m."seconds")
  FROM (VALUES ('stepMs', ("result"->>'medianStepMs')::numeric, 900),
    ('memoryRatio', "measuredBytes"::numeric / NULLIF("predictedBytes", 0), 3600)) m("of", "value", "seconds") WHERE m."value" > 0
$$;

-- One trigger a statement, whatever it changes: an event of each trial that was created or moved, in that order, and summands.
DROP TRIGGER "trial_created" ON "Trial";
DROP TRIGGER "trial_moved" ON "Trial";
DROP FUNCTION "trial_event"();

CREATE FUNCTION "trials_created"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
  SELECT 'trial.state', n."sweepId", n."id",
    jsonb_build_object('from', NULL, 'to', n."state", 'leaseToken', n."leaseToken", 'attempt', n."attempts")
  FROM (SELECT row_number() OVER () AS "place", "sweepId", "id", "state", "leaseToken", "attempts" FROM "new") n ORDER BY n."place";
  PERFORM pg_notify('rankforge_event', n."sweepId"::text) FROM (SELECT DISTINCT "sweepId" FROM "new") n;
  INSERT INTO "Tally" ("of", "projectId", "labels", "count")
  SELECT k."of", s."projectId", k."labels", count(*) FROM "new" n JOIN "Sweep" s ON s."id" = n."sweepId"
    CROSS JOIN LATERAL "tally_of_trial"(n."kind"::text, n."state", n."sweepId", n."engine", n."memoryClassMiB", n."site") k
  GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
CREATE TRIGGER "trials_created" AFTER INSERT ON "Trial" REFERENCING NEW TABLE AS "new"
  FOR EACH STATEMENT EXECUTE FUNCTION "trials_created"();

CREATE FUNCTION "trials_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Most statements renew leases, or note how far a trial is.
  IF NOT EXISTS (SELECT 1 FROM "new" n JOIN "old" o USING ("id")
      WHERE (n."state", n."kind", n."sweepId", n."engine", n."memoryClassMiB", n."site")
        IS DISTINCT FROM (o."state", o."kind", o."sweepId", o."engine", o."memoryClassMiB", o."site")) THEN
    RETURN NULL;
  END IF;
  INSERT INTO "Event" ("type", "sweepId", "trialId", "data")
  SELECT 'trial.state', n."sweepId", n."id",
    jsonb_build_object('from', o."state", 'to', n."state", 'leaseToken', n."leaseToken", 'attempt', n."attempts")
  FROM (SELECT row_number() OVER () AS "place", "sweepId", "id", "state", "leaseToken", "attempts" FROM "new") n JOIN "old" o USING ("id")
  WHERE n."state" IS DISTINCT FROM o."state" ORDER BY n."place";
  PERFORM pg_notify('rankforge_event', moved."sweepId"::text) FROM (
    SELECT DISTINCT n."sweepId" FROM "new" n JOIN "old" o USING ("id") WHERE n."state" IS DISTINCT FROM o."state") moved;
  INSERT INTO "Tally" ("of", "projectId", "labels", "count")
  SELECT k."of", s."projectId", k."labels", sum(t."by") FROM (
      SELECT 1 AS "by", "kind", "state", "sweepId", "engine", "memoryClassMiB", "site" FROM "new"
      UNION ALL
      SELECT -1, "kind", "state", "sweepId", "engine", "memoryClassMiB", "site" FROM "old"
    ) t JOIN "Sweep" s ON s."id" = t."sweepId"
    CROSS JOIN LATERAL "tally_of_trial"(t."kind"::text, t."state", t."sweepId", t."engine", t."memoryClassMiB", t."site") k
  GROUP BY 1, 2, 3 HAVING sum(t."by") <> 0
  UNION ALL
  SELECT k."of", s."projectId", k."labels", count(*)
  FROM "new" n JOIN "old" o USING ("id") JOIN "Sweep" s ON s."id" = n."sweepId" CROSS JOIN LATERAL "tally_of_training"(
    jsonb_build_object('kind', n."kind", 'method', n."method", 'engine', n."engine"),
    n."measuredBytes", n."predictedBytes", n."result", n."finishedAt") k
  WHERE n."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED') AND o."state" NOT IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED')
    AND n."leaderId" IS NULL
  GROUP BY 1, 2, 3;
  INSERT INTO "SeriesDue" ("trialId") SELECT n."id" FROM "new" n JOIN "old" o USING ("id")
  WHERE n."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED') AND n."leaderId" IS NULL
    AND o."state" NOT IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED');
  RETURN NULL;
END $$;
CREATE TRIGGER "trials_moved" AFTER UPDATE ON "Trial" REFERENCING OLD TABLE AS "old" NEW TABLE AS "new"
  FOR EACH STATEMENT EXECUTE FUNCTION "trials_moved"();

CREATE FUNCTION "trials_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Tally" ("of", "projectId", "labels", "count")
  SELECT k."of", s."projectId", k."labels", -count(*) FROM "old" o LEFT JOIN "Sweep" s ON s."id" = o."sweepId"
    CROSS JOIN LATERAL "tally_of_trial"(o."kind"::text, o."state", o."sweepId", o."engine", o."memoryClassMiB", o."site") k
  GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
CREATE TRIGGER "trials_deleted" AFTER DELETE ON "Trial" REFERENCING OLD TABLE AS "old"
  FOR EACH STATEMENT EXECUTE FUNCTION "trials_deleted"();

-- Nobody makes an attempt that has ended, and none is taken off when its sweep is removed: a counter never falls.
CREATE FUNCTION "attempts_ended"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Tally" ("of", "projectId", "labels", "count")
  SELECT 'attempts', s."projectId", jsonb_build_object('outcome', n."outcome", 'engine', n."engine"), count(*)
  FROM "new" n JOIN "old" o USING ("id") JOIN "Trial" t ON t."id" = n."trialId" JOIN "Sweep" s ON s."id" = t."sweepId"
  WHERE n."outcome" IS NOT NULL AND o."outcome" IS NULL GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
CREATE TRIGGER "attempts_ended" AFTER UPDATE ON "Attempt" REFERENCING OLD TABLE AS "old" NEW TABLE AS "new"
  FOR EACH STATEMENT EXECUTE FUNCTION "attempts_ended"();

-- The triggers above hold back whoever changes trials or attempts until all that was there is counted.
INSERT INTO "Tally" ("of", "projectId", "labels", "count")
SELECT k."of", s."projectId", k."labels", count(*) FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
  CROSS JOIN LATERAL "tally_of_trial"(t."kind"::text, t."state", t."sweepId", t."engine", t."memoryClassMiB", t."site") k
GROUP BY 1, 2, 3
UNION ALL
SELECT k."of", s."projectId", k."labels", count(*) FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
  CROSS JOIN LATERAL "tally_of_training"(jsonb_build_object('kind', t."kind", 'method', t."method", 'engine', t."engine"),
    t."measuredBytes", t."predictedBytes", t."result", t."finishedAt") k
WHERE t."finishedAt" > now() - interval '25 hours' AND t."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED') AND t."leaderId" IS NULL
GROUP BY 1, 2, 3
UNION ALL
SELECT 'attempts', s."projectId", jsonb_build_object('outcome', a."outcome", 'engine', a."engine"), count(*)
FROM "Attempt" a JOIN "Trial" t ON t."id" = a."trialId" JOIN "Sweep" s ON s."id" = t."sweepId"
WHERE a."outcome" IS NOT NULL GROUP BY 1, 2, 3
UNION ALL
SELECT 'attempts', NULL, jsonb_build_object('outcome', "outcome", 'engine', "engine"), "attempts" FROM "DeletedAttempts";

INSERT INTO "SeriesDue" ("trialId") SELECT t."id" FROM "Trial" t
WHERE t."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED') AND t."leaderId" IS NULL
  AND NOT EXISTS (SELECT 1 FROM "MetricSummary" s WHERE s."trialId" = t."id");

-- What only scrapes and searches for series read.
DROP TABLE "DeletedAttempts";
DROP INDEX "Attempt_outcome_engine_idx";
DROP INDEX "Trial_queues_idx";
DROP INDEX "Trial_finishedAt_idx";
