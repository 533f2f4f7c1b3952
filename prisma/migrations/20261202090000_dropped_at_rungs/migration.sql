-- How sure it is that a training which a scheduler left at a rung loses.
ALTER TABLE "Trial" ADD COLUMN "dropped" JSONB;
