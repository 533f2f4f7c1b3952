-- Specs of trials have fields (training.attention, training.computeDtype, recipes and ways of retrieval) that workers of the sixth
-- contract refuse when they have claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 7, "current" = 7;
