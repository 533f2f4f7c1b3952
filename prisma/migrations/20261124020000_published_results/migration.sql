-- Results that others published, imported as they are.
CREATE TABLE "PublishedResult" (
    "id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "PublishedResult_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "PublishedResult_sha256_key" ON "PublishedResult"("sha256");

CREATE INDEX "PublishedResult_task_base_idx" ON "PublishedResult"("task", "base");

ALTER TABLE "PublishedResult" ADD CONSTRAINT "PublishedResult_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;
