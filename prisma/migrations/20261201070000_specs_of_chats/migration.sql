-- Specs of trials have a field (chat) that workers of the ninth contract refuse when they have claimed the trial.
-- They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 10, "current" = 10;
