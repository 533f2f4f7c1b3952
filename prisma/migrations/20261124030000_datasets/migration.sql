-- Users' data sets. The examples of one are an artifact, named by its hash.
CREATE TABLE "Dataset" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "mapping" JSONB NOT NULL,
    "split" JSONB NOT NULL,
    "report" JSONB NOT NULL,
    "head" JSONB NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Dataset_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "Dataset_name_key" ON "Dataset"("name");

CREATE INDEX "Dataset_sha256_idx" ON "Dataset"("sha256");

ALTER TABLE "Dataset" ADD CONSTRAINT "Dataset_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- A data set that a sweep uses cannot be deleted.
ALTER TABLE "Sweep" ADD COLUMN "datasetId" UUID;

CREATE INDEX "Sweep_datasetId_idx" ON "Sweep"("datasetId");

ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_datasetId_fkey"
    FOREIGN KEY ("datasetId") REFERENCES "Dataset"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Scores of examples by metric. Until now there was one metric of each task.
ALTER TABLE "Trial" ALTER COLUMN "exampleScores" TYPE JSONB USING
    CASE WHEN cardinality("exampleScores") > 0 THEN
        jsonb_build_object(CASE WHEN "task" = 'spam-assassin' THEN 'accuracy' ELSE 'perplexity' END, to_jsonb("exampleScores"))
    END;
