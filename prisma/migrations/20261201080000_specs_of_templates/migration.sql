-- Generators in specs of trials have a field (chat), and a template (model), that workers of the tenth contract refuse when they have
-- claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 11, "current" = 11;
