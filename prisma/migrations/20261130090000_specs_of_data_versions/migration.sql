-- Specs of trials have a field (dataVersion) that workers of the seventh contract refuse when they have claimed the trial.
-- They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 8, "current" = 8;
