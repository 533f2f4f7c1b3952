-- Limits of a trial on measures that are predicted beside its memory, by name; null where its sweep has none.
ALTER TABLE "Trial" ADD COLUMN "limits" JSONB;
