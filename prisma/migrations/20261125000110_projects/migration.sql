-- Projects separate what users run. What was there before belongs to the project `default`; the columns keep it as their
-- default, so that an API of the version before can go on writing while this one starts.
CREATE TABLE "Project" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "maxRunningTrials" INTEGER,
    "maxReservedMiB" BIGINT,
    "maxStoredMiB" BIGINT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Project_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Project_quotas" CHECK ("maxRunningTrials" >= 0 AND "maxReservedMiB" >= 0 AND "maxStoredMiB" >= 0)
);
CREATE UNIQUE INDEX "Project_name_key" ON "Project"("name");
INSERT INTO "Project" ("id", "name") VALUES ('00000000-0000-7000-8000-000000000001', 'default');

ALTER TABLE "Sweep" ADD COLUMN "projectId" UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE "Dataset" ADD COLUMN "projectId" UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE "ImportedAdapter" ADD COLUMN "projectId" UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE "PublishedResult" ADD COLUMN "projectId" UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Dataset" ADD CONSTRAINT "Dataset_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ImportedAdapter" ADD CONSTRAINT "ImportedAdapter_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "PublishedResult" ADD CONSTRAINT "PublishedResult_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE INDEX "Sweep_projectId_id_idx" ON "Sweep"("projectId", "id");

-- Names, repeated requests and imports are each project's own.
DROP INDEX "Sweep_createdById_idempotencyKey_key";
CREATE UNIQUE INDEX "Sweep_projectId_createdById_idempotencyKey_key"
    ON "Sweep"("projectId", "createdById", "idempotencyKey");
DROP INDEX "Dataset_name_key";
CREATE UNIQUE INDEX "Dataset_projectId_name_key" ON "Dataset"("projectId", "name");
DROP INDEX "ImportedAdapter_name_key";
CREATE UNIQUE INDEX "ImportedAdapter_projectId_name_key" ON "ImportedAdapter"("projectId", "name");
DROP INDEX "PublishedResult_sha256_key";
CREATE UNIQUE INDEX "PublishedResult_projectId_sha256_key" ON "PublishedResult"("projectId", "sha256");

-- A key belongs to a project; an admin's may belong to none, and is the whole installation's. Admin keys made before
-- were that; all others were for what is the default project now.
ALTER TABLE "ApiKey" ADD COLUMN "projectId" UUID;
UPDATE "ApiKey" SET "projectId" = '00000000-0000-7000-8000-000000000001' WHERE "role" <> 'admin';
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_project_or_admin" CHECK ("projectId" IS NOT NULL OR "role" = 'admin');
CREATE INDEX "ApiKey_projectId_idx" ON "ApiKey"("projectId");

-- A key may end by itself, and its secret may be replaced: the one before works until the overlap is over.
ALTER TABLE "ApiKey" ADD COLUMN "expiresAt" TIMESTAMPTZ(3);
ALTER TABLE "ApiKey" ADD COLUMN "rotatedAt" TIMESTAMPTZ(3);
ALTER TABLE "ApiKey" ADD COLUMN "previousHash" TEXT;
ALTER TABLE "ApiKey" ADD COLUMN "previousEndsAt" TIMESTAMPTZ(3);
CREATE UNIQUE INDEX "ApiKey_previousHash_key" ON "ApiKey"("previousHash");

-- A trial never takes the result of another project's.
CREATE FUNCTION "trial_leader_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT s."projectId" FROM "Sweep" s WHERE s."id" = NEW."sweepId") IS DISTINCT FROM
     (SELECT s."projectId" FROM "Trial" l JOIN "Sweep" s ON s."id" = l."sweepId" WHERE l."id" = NEW."leaderId") THEN
    RAISE EXCEPTION 'trial % cannot follow %: it is of another project', NEW."id", NEW."leaderId"
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "trial_leader_guard" AFTER INSERT OR UPDATE OF "leaderId" ON "Trial" DEFERRABLE INITIALLY IMMEDIATE
  FOR EACH ROW WHEN (NEW."leaderId" IS NOT NULL) EXECUTE FUNCTION "trial_leader_guard"();
