-- Words and a text by which people find and remember a sweep. Nothing that is computed depends on them.
ALTER TABLE "Sweep" ADD COLUMN "tags" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
ADD COLUMN "note" TEXT;
