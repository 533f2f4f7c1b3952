-- A dump that is restored into another cluster brings events with the transactions of the first. They may be given the transaction 2
-- (FrozenTransactionId, older than all others); nothing else of the log may be changed.
CREATE OR REPLACE FUNCTION "event_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."xact" = '2'::xid8
    AND (NEW."id", NEW."type", NEW."sweepId", NEW."trialId", NEW."data", NEW."at")
      IS NOT DISTINCT FROM (OLD."id", OLD."type", OLD."sweepId", OLD."trialId", OLD."data", OLD."at") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'check_violation';
END $$;
