-- A sweep may start from the model that another one leaves, or that one of its trainings leaves.
ALTER TABLE "Sweep" ADD COLUMN "onSweepId" UUID,
ADD COLUMN "onTrialId" UUID;

CREATE INDEX "Sweep_onSweepId_idx" ON "Sweep"("onSweepId");

ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_onSweepId_fkey" FOREIGN KEY ("onSweepId") REFERENCES "Sweep"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_onTrialId_fkey" FOREIGN KEY ("onTrialId") REFERENCES "Trial"("id") ON DELETE SET NULL ON UPDATE CASCADE;

