-- A base model's folder may be replaced by another of its name while a sweep runs: its trials say which they were planned on.
ALTER TABLE "Sweep" ADD COLUMN "baseSha256" TEXT;
