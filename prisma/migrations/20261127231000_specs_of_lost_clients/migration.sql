-- Specs of trials have fields (federation.lost, federation.ranks, federation.participation.quorum) that workers of the fifth contract
-- refuse when they have claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 6, "current" = 6;
