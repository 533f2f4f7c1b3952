-- Specs of trials have a field (on.factors) that workers of the second contract refuse when they have claimed the trial.
-- They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 3, "current" = 3;
