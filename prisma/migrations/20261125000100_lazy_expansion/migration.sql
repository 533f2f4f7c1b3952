-- A sweep's trials are created as its strategy asks for them. Sweeps that were created whole are exhausted.
ALTER TABLE "Sweep"
    ADD COLUMN "strategyState" JSONB,
    ADD COLUMN "exhausted" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "generation" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "uncreated" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "uncreatedSteps" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "reason" TEXT;

ALTER TABLE "Trial"
    ADD COLUMN "proposal" JSONB,
    ADD COLUMN "stage" TEXT,
    ADD COLUMN "continuesId" UUID;

ALTER TABLE "Trial" ADD CONSTRAINT "Trial_continuesId_fkey"
    FOREIGN KEY ("continuesId") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Few trials go on from another one.
CREATE INDEX "Trial_continuesId_idx" ON "Trial"("continuesId") WHERE "continuesId" IS NOT NULL;

-- A strategy may stop what has not started yet.
INSERT INTO "trial_transition" ("from", "to") VALUES ('PENDING', 'PRUNED'), ('QUEUED', 'PRUNED');
