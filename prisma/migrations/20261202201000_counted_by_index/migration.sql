-- What is counted at each scrape and every few seconds, without a look at the rows of all trials.

-- Trials by kind and state, of the installation or of a project's sweeps.
CREATE INDEX "Trial_sweepId_state_kind_idx" ON "Trial" ("sweepId", "state", "kind");
DROP INDEX "Trial_sweepId_state_idx";

-- Queues that there ever were: found one after the other, by a step for each.
CREATE INDEX "Trial_queues_idx" ON "Trial" ("engine", "memoryClassMiB", (COALESCE("site", '')));
DROP INDEX "Trial_kind_state_engine_memoryClassMiB_site_idx";

-- Queued trials: few among all.
CREATE INDEX "Trial_queued_idx" ON "Trial" ("engine", "memoryClassMiB", "site") WHERE "state" = 'QUEUED';

-- Measured peaks of trainings that ended lately, in the index itself.
CREATE INDEX "Trial_measured_idx" ON "Trial" ("finishedAt")
  INCLUDE ("kind", "state", "method", "engine", "measuredBytes", "predictedBytes", "sweepId")
  WHERE "leaderId" IS NULL AND "measuredBytes" IS NOT NULL;
