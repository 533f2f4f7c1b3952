-- Rings for whoever moves wake-ups to Redis, who had to look at every change of a trial before.
CREATE FUNCTION "outbox_filled"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('rankforge_outbox', '') FROM "filled" LIMIT 1;
  RETURN NULL;
END $$;
CREATE TRIGGER "outbox_filled" AFTER INSERT ON "Outbox" REFERENCING NEW TABLE AS "filled"
  FOR EACH STATEMENT EXECUTE FUNCTION "outbox_filled"();
