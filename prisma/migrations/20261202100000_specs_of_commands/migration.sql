-- A spec may name a program (command), and the engine that competes (competingEngine): workers of the eleventh contract refuse both when
-- they have claimed the trial. They finish what they run, and claim nothing more.
UPDATE "worker_contract" SET "oldest" = 12, "current" = 12;
