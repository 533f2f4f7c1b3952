-- What a worker and the database agree on has a version. Workers of before announce none: theirs is the first.
ALTER TABLE "Worker" ADD COLUMN "contract" INTEGER NOT NULL DEFAULT 1;

-- The versions that are served. A migration that changes the agreement raises "current", and "oldest" to the one before.
CREATE TABLE "worker_contract" (
  "only" BOOLEAN PRIMARY KEY DEFAULT true CHECK ("only"),
  "oldest" INTEGER NOT NULL,
  "current" INTEGER NOT NULL CHECK ("oldest" <= "current")
);
INSERT INTO "worker_contract" ("oldest", "current") VALUES (1, 1);

CREATE FUNCTION "check_worker_contract"("name" TEXT, "contract" INTEGER) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE served "worker_contract";
BEGIN
  SELECT * INTO served FROM "worker_contract";
  IF "contract" < served."oldest" THEN
    RAISE EXCEPTION 'worker % speaks contract %, and this database serves % to %: start a worker of the version of the API',
      "name", "contract", served."oldest", served."current" USING ERRCODE = 'check_violation';
  ELSIF "contract" > served."current" THEN
    RAISE EXCEPTION 'worker % speaks contract %, and this database serves % to %: apply the migrations of its version first',
      "name", "contract", served."oldest", served."current" USING ERRCODE = 'check_violation';
  END IF;
END $$;

-- A worker that is not served cannot start,
CREATE FUNCTION "worker_contract_at_start"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "check_worker_contract"(NEW."name", NEW."contract");
  RETURN NEW;
END $$;
CREATE TRIGGER "worker_contract_at_start" BEFORE INSERT ON "Worker"
  FOR EACH ROW EXECUTE FUNCTION "worker_contract_at_start"();

-- and one that ran while a migration ended its contract claims nothing more. What it runs it may finish.
CREATE FUNCTION "worker_contract_at_claim"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "check_worker_contract"(w."name", w."contract") FROM "Worker" w WHERE w."id" = NEW."workerId";
  RETURN NEW;
END $$;
CREATE TRIGGER "worker_contract_at_claim" BEFORE UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (NEW."state" = 'RUNNING' AND OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION "worker_contract_at_claim"();
