-- Clients of a federation train as trials of their own. The federation's trial waits for those of a round (PENDING, with the round and
-- the clients in "awaits"), and is queued again when they have ended.
ALTER TABLE "Trial" ADD COLUMN "awaits" JSONB;
ALTER TABLE "Trial" ADD COLUMN "partOfId" UUID;
ALTER TABLE "Trial" ADD COLUMN "round" INTEGER;
ALTER TABLE "Trial" ADD COLUMN "client" INTEGER;
-- Data that a worker must hold to run the trial; null: every worker can.
ALTER TABLE "Trial" ADD COLUMN "site" TEXT;
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_partOfId_fkey" FOREIGN KEY ("partOfId") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;
-- A client has one turn in a round.
CREATE UNIQUE INDEX "Trial_partOfId_round_client_key" ON "Trial"("partOfId", "round", "client");
CREATE INDEX "Trial_waiting_idx" ON "Trial" ("id") WHERE "state" = 'PENDING' AND "awaits" IS NOT NULL;

ALTER TABLE "Worker" ADD COLUMN "holds" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

INSERT INTO "trial_transition" ("from", "to") VALUES ('RUNNING', 'PENDING');
