-- A training that did not fit may speak for larger ranks of it, which then are not run.
ALTER TABLE "Trial"
    ADD COLUMN "memoryFamily" TEXT,
    ADD COLUMN "impliedById" UUID;

ALTER TABLE "Trial" ADD CONSTRAINT "Trial_impliedById_fkey"
    FOREIGN KEY ("impliedById") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Few trials are implied.
CREATE INDEX "Trial_impliedById_idx" ON "Trial"("impliedById") WHERE "impliedById" IS NOT NULL;

-- What did not fit by itself, of the sweeps that ask.
CREATE INDEX "Trial_misfits_idx" ON "Trial"("sweepId", "memoryFamily", "rank")
    WHERE "state" = 'OVER_BUDGET' AND "memoryFamily" IS NOT NULL AND "impliedById" IS NULL;
