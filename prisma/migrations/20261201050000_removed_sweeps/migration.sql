-- A sweep that was removed. Its row stays as a mark, by which events and boards know of it; its trials are deleted in batches, but for
-- those whose results other sweeps show. "clearAt" says when to go on with that; null: nothing is left.
ALTER TABLE "Sweep" ADD COLUMN "removedAt" TIMESTAMPTZ(3),
ADD COLUMN "clearAt" TIMESTAMPTZ(3);
CREATE INDEX "Sweep_clearAt_idx" ON "Sweep"("clearAt") WHERE "clearAt" IS NOT NULL;
-- What is over may be removed, and what was removed never runs again, whoever writes.
ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_removed_is_over"
  CHECK ("removedAt" IS NULL OR "state" IN ('COMPLETED', 'CANCELLED'));
-- Looked up for each trial that is deleted.
CREATE INDEX "Sweep_onTrialId_idx" ON "Sweep"("onTrialId");

CREATE FUNCTION "sweep_removed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Event" ("type", "sweepId", "data") VALUES ('sweep.removed', NEW."id", '{}');
  PERFORM pg_notify('rankforge_event', NEW."id"::text);
  PERFORM "tell_webhooks"(NEW."id", 'sweep.removed', '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER "sweep_removed" AFTER UPDATE OF "removedAt" ON "Sweep" FOR EACH ROW
  WHEN (OLD."removedAt" IS NULL AND NEW."removedAt" IS NOT NULL) EXECUTE FUNCTION "sweep_removed"();

-- Events of a removed sweep go with it, but for the one that tells of its removal.
CREATE OR REPLACE FUNCTION "event_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."xact" = '2'::xid8
    AND (NEW."id", NEW."type", NEW."sweepId", NEW."trialId", NEW."data", NEW."at")
      IS NOT DISTINCT FROM (OLD."id", OLD."type", OLD."sweepId", OLD."trialId", OLD."data", OLD."at") THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND OLD."type" <> 'sweep.removed'
    AND EXISTS (SELECT 1 FROM "Sweep" s WHERE s."id" = OLD."sweepId" AND s."removedAt" IS NOT NULL) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'check_violation';
END $$;
