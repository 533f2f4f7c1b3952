-- CreateEnum
CREATE TYPE "SweepState" AS ENUM ('RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "TrialState" AS ENUM ('PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "TrialKind" AS ENUM ('train', 'score');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('viewer', 'submitter', 'admin');

-- CreateTable
CREATE TABLE "Sweep" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "state" "SweepState" NOT NULL DEFAULT 'RUNNING',
    "spec" JSONB NOT NULL,
    "task" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "objectiveMetric" TEXT NOT NULL,
    "objectiveDirection" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "idempotencyKey" TEXT,
    "requestHash" TEXT NOT NULL,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Sweep_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Trial" (
    "id" UUID NOT NULL,
    "sweepId" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "kind" "TrialKind" NOT NULL,
    "state" "TrialState" NOT NULL,
    "key" TEXT NOT NULL,
    "leaderId" UUID,
    "scoresTrialId" UUID,
    "spec" JSONB NOT NULL,
    "task" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "optimizer" TEXT NOT NULL,
    "rank" INTEGER,
    "learningRate" DOUBLE PRECISION NOT NULL,
    "seed" INTEGER NOT NULL,
    "memoryBudgetMiB" DOUBLE PRECISION NOT NULL,
    "memoryClassMiB" INTEGER NOT NULL,
    "predicted" JSONB NOT NULL,
    "predictedBytes" BIGINT NOT NULL,
    "measured" JSONB,
    "measuredBytes" BIGINT,
    "dominantPart" TEXT,
    "result" JSONB,
    "exampleScores" DOUBLE PRECISION[],
    "objective" DOUBLE PRECISION,
    "step" INTEGER NOT NULL DEFAULT 0,
    "steps" INTEGER NOT NULL,
    "loss" DOUBLE PRECISION,
    "reason" TEXT,
    "leaseToken" BIGINT NOT NULL DEFAULT 0,
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "workerId" UUID,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "maxAttempts" INTEGER NOT NULL,
    "timeoutSeconds" INTEGER NOT NULL,
    "priority" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "queuedAt" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Trial_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "id" UUID NOT NULL,
    "trialId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "leaseToken" BIGINT NOT NULL,
    "workerId" UUID,
    "engine" TEXT NOT NULL,
    "device" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "reason" TEXT,
    "resumedFromStep" INTEGER,
    "logTail" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Metric" (
    "trialId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "Metric_pkey" PRIMARY KEY ("trialId","name","step")
);

-- CreateTable
CREATE TABLE "Artifact" (
    "id" UUID NOT NULL,
    "trialId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Artifact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Worker" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "engines" TEXT[],
    "slots" INTEGER NOT NULL,
    "devices" JSONB NOT NULL,
    "draining" BOOLEAN NOT NULL DEFAULT false,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeatAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stoppedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Outbox" (
    "id" BIGSERIAL NOT NULL,
    "trialId" UUID NOT NULL,
    "queue" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "priority" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" BIGSERIAL NOT NULL,
    "xact" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "sweepId" UUID NOT NULL,
    "trialId" UUID,
    "data" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Sweep_state_createdAt_idx" ON "Sweep"("state", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Sweep_createdById_idempotencyKey_key" ON "Sweep"("createdById", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Trial_sweepId_state_idx" ON "Trial"("sweepId", "state");

-- CreateIndex
CREATE INDEX "Trial_sweepId_kind_method_idx" ON "Trial"("sweepId", "kind", "method");

-- CreateIndex
CREATE INDEX "Trial_key_idx" ON "Trial"("key");

-- CreateIndex
CREATE INDEX "Trial_leaderId_idx" ON "Trial"("leaderId");

-- CreateIndex
CREATE INDEX "Trial_scoresTrialId_idx" ON "Trial"("scoresTrialId");

-- CreateIndex
CREATE INDEX "Trial_state_leaseExpiresAt_idx" ON "Trial"("state", "leaseExpiresAt");

-- CreateIndex
CREATE INDEX "Trial_task_base_state_idx" ON "Trial"("task", "base", "state");

-- CreateIndex
CREATE INDEX "Trial_workerId_idx" ON "Trial"("workerId");

-- CreateIndex
CREATE UNIQUE INDEX "Trial_sweepId_ordinal_key" ON "Trial"("sweepId", "ordinal");

-- CreateIndex
CREATE INDEX "Attempt_workerId_idx" ON "Attempt"("workerId");

-- CreateIndex
CREATE UNIQUE INDEX "Attempt_trialId_number_key" ON "Attempt"("trialId", "number");

-- CreateIndex
CREATE INDEX "Artifact_sha256_idx" ON "Artifact"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "Artifact_trialId_kind_step_key" ON "Artifact"("trialId", "kind", "step");

-- CreateIndex
CREATE INDEX "Worker_heartbeatAt_idx" ON "Worker"("heartbeatAt");

-- CreateIndex
CREATE INDEX "Event_sweepId_id_idx" ON "Event"("sweepId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- AddForeignKey
ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "ApiKey"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_sweepId_fkey" FOREIGN KEY ("sweepId") REFERENCES "Sweep"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_leaderId_fkey" FOREIGN KEY ("leaderId") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_scoresTrialId_fkey" FOREIGN KEY ("scoresTrialId") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_workerId_fkey" FOREIGN KEY ("workerId") REFERENCES "Worker"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_trialId_fkey" FOREIGN KEY ("trialId") REFERENCES "Trial"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_workerId_fkey" FOREIGN KEY ("workerId") REFERENCES "Worker"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Metric" ADD CONSTRAINT "Metric_trialId_fkey" FOREIGN KEY ("trialId") REFERENCES "Trial"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Artifact" ADD CONSTRAINT "Artifact_trialId_fkey" FOREIGN KEY ("trialId") REFERENCES "Trial"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot express follows.

-- At most one trial with a key may wait, run, or hold the result for the others.
CREATE UNIQUE INDEX "Trial_one_leader_per_key" ON "Trial" ("key")
  WHERE "leaderId" IS NULL AND "state" IN ('PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED');

-- Readers of the log order by transaction, then by id.
CREATE INDEX "Event_xact_id_idx" ON "Event" ("xact", "id");

-- The state machine (contracts: trialTransitions).
CREATE TABLE "trial_transition" (
  "from" "TrialState" NOT NULL,
  "to" "TrialState" NOT NULL,
  PRIMARY KEY ("from", "to")
);
INSERT INTO "trial_transition" ("from", "to") VALUES
  ('PENDING', 'QUEUED'), ('PENDING', 'SUCCEEDED'), ('PENDING', 'OVER_BUDGET'), ('PENDING', 'CANCELLED'),
  ('QUEUED', 'RUNNING'), ('QUEUED', 'OVER_BUDGET'), ('QUEUED', 'CANCELLED'),
  ('RUNNING', 'SUCCEEDED'), ('RUNNING', 'FAILED'), ('RUNNING', 'OVER_BUDGET'), ('RUNNING', 'PRUNED'),
  ('RUNNING', 'CANCELLED'), ('RUNNING', 'QUEUED'),
  ('FAILED', 'QUEUED');

CREATE FUNCTION "trial_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."state" NOT IN ('PENDING', 'QUEUED', 'SUCCEEDED', 'OVER_BUDGET') THEN
      RAISE EXCEPTION 'trial % cannot be created in state %', NEW."id", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW."state" IS DISTINCT FROM OLD."state" THEN
    IF NOT EXISTS (SELECT 1 FROM "trial_transition" t WHERE t."from" = OLD."state" AND t."to" = NEW."state") THEN
      RAISE EXCEPTION 'trial % cannot go from % to %', NEW."id", OLD."state", NEW."state" USING ERRCODE = 'check_violation';
    END IF;
  ELSIF OLD."state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED')
    AND (NEW."result" IS DISTINCT FROM OLD."result" OR NEW."measuredBytes" IS DISTINCT FROM OLD."measuredBytes") THEN
    RAISE EXCEPTION 'trial % is %: its result is written once', NEW."id", OLD."state" USING ERRCODE = 'check_violation';
  END IF;
  IF NEW."leaseToken" < 0 OR (TG_OP = 'UPDATE' AND NEW."leaseToken" < OLD."leaseToken") THEN
    RAISE EXCEPTION 'the lease token of trial % may only grow', NEW."id" USING ERRCODE = 'check_violation';
  END IF;
  NEW."updatedAt" := now();
  RETURN NEW;
END $$;
CREATE TRIGGER "trial_guard" BEFORE INSERT OR UPDATE ON "Trial" FOR EACH ROW EXECUTE FUNCTION "trial_guard"();

CREATE FUNCTION "trial_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Event" ("type", "sweepId", "trialId", "data") VALUES (
    'trial.state', NEW."sweepId", NEW."id",
    jsonb_build_object(
      'from', CASE WHEN TG_OP = 'UPDATE' THEN OLD."state" END,
      'to', NEW."state",
      'leaseToken', NEW."leaseToken",
      'attempt', NEW."attempts"));
  PERFORM pg_notify('rankforge_event', NEW."sweepId"::text);
  RETURN NULL;
END $$;
CREATE TRIGGER "trial_created" AFTER INSERT ON "Trial" FOR EACH ROW EXECUTE FUNCTION "trial_event"();
CREATE TRIGGER "trial_moved" AFTER UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION "trial_event"();

CREATE FUNCTION "sweep_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Event" ("type", "sweepId", "data") VALUES (
    'sweep.state', NEW."id",
    jsonb_build_object('from', CASE WHEN TG_OP = 'UPDATE' THEN OLD."state" END, 'to', NEW."state"));
  PERFORM pg_notify('rankforge_event', NEW."id"::text);
  RETURN NULL;
END $$;
CREATE TRIGGER "sweep_created" AFTER INSERT ON "Sweep" FOR EACH ROW EXECUTE FUNCTION "sweep_event"();
CREATE TRIGGER "sweep_moved" AFTER UPDATE OF "state" ON "Sweep" FOR EACH ROW
  WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION "sweep_event"();

-- The log is append-only: rows go with their database, never one by one.
CREATE FUNCTION "event_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER "event_append_only" BEFORE UPDATE OR DELETE ON "Event" FOR EACH ROW EXECUTE FUNCTION "event_append_only"();
