-- Series of trials that will not run again, down-sampled once: a page reads a row a series, however long it was.
CREATE TABLE "MetricSummary" (
    "trialId" UUID NOT NULL,
    "madeAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "thinnedAt" TIMESTAMPTZ(3),

    CONSTRAINT "MetricSummary_pkey" PRIMARY KEY ("trialId")
);

CREATE TABLE "MetricSketch" (
    "trialId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "room" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "steps" INTEGER[],
    "values" DOUBLE PRECISION[],

    CONSTRAINT "MetricSketch_pkey" PRIMARY KEY ("trialId","name","room")
);

ALTER TABLE "MetricSummary" ADD CONSTRAINT "MetricSummary_trialId_fkey"
    FOREIGN KEY ("trialId") REFERENCES "Trial"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "MetricSketch" ADD CONSTRAINT "MetricSketch_trialId_fkey"
    FOREIGN KEY ("trialId") REFERENCES "MetricSummary"("trialId") ON DELETE CASCADE ON UPDATE CASCADE;

-- Those that are still to be thinned, oldest first.
CREATE INDEX "MetricSummary_to_thin_idx" ON "MetricSummary" ("madeAt") WHERE "thinnedAt" IS NULL;
