-- Boards of runs that were trained elsewhere, and their runs.
CREATE TABLE "RunBoard" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "metric" JSONB NOT NULL,
    "examples" INTEGER,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RunBoard_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "RunBoard_projectId_name_base_key" ON "RunBoard"("projectId", "name", "base");

CREATE TABLE "ElsewhereRun" (
    "boardId" UUID NOT NULL,
    "identity" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "examples" BYTEA,
    "addedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ElsewhereRun_pkey" PRIMARY KEY ("boardId", "identity")
);

ALTER TABLE "RunBoard" ADD CONSTRAINT "RunBoard_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "RunBoard" ADD CONSTRAINT "RunBoard_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "ElsewhereRun" ADD CONSTRAINT "ElsewhereRun_boardId_fkey"
    FOREIGN KEY ("boardId") REFERENCES "RunBoard"("id") ON DELETE CASCADE ON UPDATE CASCADE;
