-- Means of series that an overlay of many trials shows. Those of trials summarized before are made by the API.
CREATE TABLE "MetricMeans" (
    "trialId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "steps" INTEGER[],
    "values" DOUBLE PRECISION[],

    CONSTRAINT "MetricMeans_pkey" PRIMARY KEY ("trialId","name")
);

ALTER TABLE "MetricMeans" ADD CONSTRAINT "MetricMeans_trialId_fkey"
    FOREIGN KEY ("trialId") REFERENCES "MetricSummary"("trialId") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "MetricSummary" ADD COLUMN "averaged" BOOLEAN NOT NULL DEFAULT false;

-- Those that are still to be averaged, oldest first.
CREATE INDEX "MetricSummary_to_average_idx" ON "MetricSummary" ("madeAt") WHERE NOT "averaged";
