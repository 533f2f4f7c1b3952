-- Webhooks of projects, and what is to be delivered to them. A delivery is written in the transaction of the change it
-- tells of, so that none is lost; it is sent until it is answered or given up.
CREATE TYPE "DeliveryState" AS ENUM ('PENDING', 'DELIVERED', 'DEAD');

CREATE TABLE "Webhook" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[] NOT NULL,
    "secret" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Webhook_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "Webhook_projectId_idx" ON "Webhook"("projectId");

CREATE TABLE "WebhookDelivery" (
    "id" UUID NOT NULL,
    "webhookId" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "state" "DeliveryState" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "dueAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" INTEGER,
    "error" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "WebhookDelivery_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "WebhookDelivery_webhookId_createdAt_idx" ON "WebhookDelivery"("webhookId", "createdAt");
CREATE INDEX "WebhookDelivery_due" ON "WebhookDelivery"("dueAt") WHERE "state" = 'PENDING';

CREATE FUNCTION "tell_webhooks"("ofSweep" UUID, "what" TEXT, "data" JSONB) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "WebhookDelivery" ("id", "webhookId", "type", "payload")
  SELECT gen_random_uuid(), w."id", "what", jsonb_build_object('type', "what", 'timestamp', to_jsonb(clock_timestamp()),
    'data', jsonb_build_object('project', p."name", 'sweepId', s."id", 'sweep', s."name") || "data")
  FROM "Sweep" s JOIN "Project" p ON p."id" = s."projectId" JOIN "Webhook" w ON w."projectId" = p."id"
  WHERE s."id" = "ofSweep" AND "what" = ANY(w."events")
$$;

CREATE FUNCTION "sweep_told"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_webhooks"(NEW."id", CASE NEW."state" WHEN 'COMPLETED' THEN 'sweep.completed' ELSE 'sweep.cancelled' END, '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER "sweep_told" AFTER UPDATE OF "state" ON "Sweep" FOR EACH ROW
  WHEN (OLD."state" IS DISTINCT FROM NEW."state" AND NEW."state" IN ('COMPLETED', 'CANCELLED'))
  EXECUTE FUNCTION "sweep_told"();

CREATE FUNCTION "trial_failed_told"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_webhooks"(NEW."sweepId", 'trial.failed',
    jsonb_build_object('trialId', NEW."id", 'method', NEW."method", 'reason', NEW."reason"));
  RETURN NULL;
END $$;
CREATE TRIGGER "trial_failed_told" AFTER UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (OLD."state" IS DISTINCT FROM NEW."state" AND NEW."state" = 'FAILED') EXECUTE FUNCTION "trial_failed_told"();

-- The share is contracts: predictionTolerance.
CREATE FUNCTION "trial_drift_told"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF abs(NEW."measuredBytes"::float8 / NULLIF(NEW."predictedBytes", 0) - 1) > 0.05 THEN
    PERFORM "tell_webhooks"(NEW."sweepId", 'trial.prediction-drift', jsonb_build_object('trialId', NEW."id", 'method', NEW."method",
      'predictedBytes', NEW."predictedBytes", 'measuredBytes', NEW."measuredBytes"));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "trial_drift_told" AFTER UPDATE OF "state" ON "Trial" FOR EACH ROW
  WHEN (OLD."state" = 'RUNNING' AND NEW."state" IN ('SUCCEEDED', 'OVER_BUDGET') AND NEW."kind" = 'train' AND NEW."measuredBytes" IS NOT NULL)
  EXECUTE FUNCTION "trial_drift_told"();
