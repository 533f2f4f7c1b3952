-- What is counted at each scrape of the metrics, without a look at the rows. Equal keys share an entry, so that both are small.
CREATE INDEX "Trial_kind_state_engine_memoryClassMiB_site_idx" ON "Trial" ("kind", "state", "engine", "memoryClassMiB", "site");
CREATE INDEX "Attempt_outcome_engine_idx" ON "Attempt" ("outcome", "engine");

-- Trials that ended lately.
CREATE INDEX "Trial_finishedAt_idx" ON "Trial" ("finishedAt");
