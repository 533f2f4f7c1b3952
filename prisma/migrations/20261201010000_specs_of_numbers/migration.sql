-- Specs of trials have a field (numbers) that workers of the eighth contract refuse when they have claimed the trial.
-- They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 9, "current" = 9;
