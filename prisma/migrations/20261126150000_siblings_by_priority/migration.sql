-- Siblings of a claimed trial, next first: a larger priority runs first, and sweeps of one priority take turns.
DROP INDEX "Trial_siblings_idx";
CREATE INDEX "Trial_siblings_idx" ON "Trial" ("task", "base", "engine", "priority" DESC, "ordinal", "id")
  WHERE "state" = 'QUEUED' AND "kind" = 'train' AND NOT "alone";
