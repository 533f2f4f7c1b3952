-- Specs of trials have fields (kind, initial, on, training.execution) that workers of the first contract refuse
-- when they have claimed the trial: it would lose an attempt for each. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 2, "current" = 2;
