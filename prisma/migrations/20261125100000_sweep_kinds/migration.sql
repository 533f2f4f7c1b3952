-- What a sweep asks of its methods (contracts: SweepKind); all before adapted a base to a task.
ALTER TABLE "Sweep" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'finetune';
