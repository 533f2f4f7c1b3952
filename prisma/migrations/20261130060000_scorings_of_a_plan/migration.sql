-- A sweep says from its start how many scorings its plan comes to, so that its progress does not fall back when they are made.
ALTER TABLE "Sweep" ADD COLUMN "scorings" INTEGER;
