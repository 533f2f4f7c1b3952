-- A wake-up that may be on its queue already, where its trial's priority was changed.
ALTER TABLE "Outbox" ADD COLUMN "moved" BOOLEAN NOT NULL DEFAULT false;
