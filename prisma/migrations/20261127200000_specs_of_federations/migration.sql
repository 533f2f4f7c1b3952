-- Specs of trials have fields (federation, strategy, strategyConfig) that workers of the fourth contract refuse when they have
-- claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 5, "current" = 5;
