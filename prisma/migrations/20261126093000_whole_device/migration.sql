-- Set when the kernel killed a trial for memory while others ran on its worker: it is tried again with its device to
-- itself, so that it ends by its own memory alone.
ALTER TABLE "Trial" ADD COLUMN "wholeDevice" BOOLEAN NOT NULL DEFAULT false;
