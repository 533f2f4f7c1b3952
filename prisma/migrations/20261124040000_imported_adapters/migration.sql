-- Adapters that were made elsewhere. The tensors of one are an artifact, named by its hash.
CREATE TABLE "ImportedAdapter" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "targets" TEXT[] NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ImportedAdapter_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "ImportedAdapter_name_key" ON "ImportedAdapter"("name");

ALTER TABLE "ImportedAdapter" ADD CONSTRAINT "ImportedAdapter_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;
