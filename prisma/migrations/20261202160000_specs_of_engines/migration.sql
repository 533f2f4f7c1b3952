-- Specs of trials whose engines compete have a field (competingEngine) that workers of the eleventh contract refuse when they have
-- claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 12, "current" = 12;
