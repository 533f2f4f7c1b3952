-- Specs of trials have a field (training.headLearningRate) that workers of the third contract refuse when they have claimed
-- the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 4, "current" = 4;
