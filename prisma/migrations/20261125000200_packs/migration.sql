-- Trials that train together in one process on one copy of their base.

-- Attempts with the same pack ran together; null: the attempt had its process to itself.
ALTER TABLE "Attempt" ADD COLUMN "packId" UUID;
CREATE INDEX "Attempt_packId_idx" ON "Attempt"("packId");

-- Set when a pack broke off: it is tried again without others, so that the guilty one is found.
ALTER TABLE "Trial" ADD COLUMN "alone" BOOLEAN NOT NULL DEFAULT false;

-- Siblings of a claimed trial, next first.
CREATE INDEX "Trial_siblings_idx" ON "Trial" ("task", "base", "engine", "priority", "id")
  WHERE "state" = 'QUEUED' AND "kind" = 'train' AND NOT "alone";
