-- Language models that write for procedures, by name. Keys of endpoints are in the environment of the programs, and never here.
CREATE TABLE "Generator" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001'::uuid,
    "name" TEXT NOT NULL,
    "generator" JSONB NOT NULL,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Generator_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "Generator_projectId_name_key" ON "Generator"("projectId", "name");

ALTER TABLE "Generator" ADD CONSTRAINT "Generator_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Generator" ADD CONSTRAINT "Generator_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;
