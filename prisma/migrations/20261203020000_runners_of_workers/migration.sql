-- What the runners of a worker said that they can do, by engine. Workers of earlier versions say nothing.
ALTER TABLE "Worker" ADD COLUMN "runners" JSONB NOT NULL DEFAULT '{}';
