-- A training that succeeded at a rung and goes no further is pruned, once its search is over. Its result stays as it was
-- written, and others with its key go on taking it.
INSERT INTO "trial_transition" ("from", "to") VALUES ('SUCCEEDED', 'PRUNED');

CREATE OR REPLACE FUNCTION "trial_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."state" NOT IN ('PENDING', 'QUEUED', 'SUCCEEDED', 'OVER_BUDGET') THEN
      RAISE EXCEPTION 'trial % cannot be created in state %', NEW."id", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    IF NEW."state" IS DISTINCT FROM OLD."state"
      AND NOT EXISTS (SELECT 1 FROM "trial_transition" t WHERE t."from" = OLD."state" AND t."to" = NEW."state") THEN
      RAISE EXCEPTION 'trial % cannot go from % to %', NEW."id", OLD."state", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
    IF OLD."state" = 'SUCCEEDED' AND NEW."state" = 'PRUNED' AND NOT (OLD."spec" ? 'until') THEN
      RAISE EXCEPTION 'trial % is whole and cannot be pruned', NEW."id" USING ERRCODE = 'check_violation';
    END IF;
    IF OLD."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED')
      AND (NEW."result" IS DISTINCT FROM OLD."result" OR NEW."measuredBytes" IS DISTINCT FROM OLD."measuredBytes") THEN
      RAISE EXCEPTION 'trial % is %: its result is written once', NEW."id", OLD."state" USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW."leaseToken" < 0 OR (TG_OP = 'UPDATE' AND NEW."leaseToken" < OLD."leaseToken") THEN
    RAISE EXCEPTION 'the lease token of trial % may only grow', NEW."id" USING ERRCODE = 'check_violation';
  END IF;
  NEW."updatedAt" := now();
  RETURN NEW;
END $$;

-- At most one trial with a key may wait, run, or hold the result for the others.
DROP INDEX "Trial_one_leader_per_key";
CREATE UNIQUE INDEX "Trial_one_leader_per_key" ON "Trial" ("key")
  WHERE "leaderId" IS NULL AND ("state" IN ('PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED') OR ("state" = 'PRUNED' AND "result" IS NOT NULL));
