-- Attempts that run, and those that nobody has ended: few among all.
CREATE INDEX "Attempt_open_idx" ON "Attempt" ("trialId") WHERE "endedAt" IS NULL;
