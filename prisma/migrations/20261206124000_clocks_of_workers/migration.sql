-- By how much the clock of a worker was ahead of this database's at its last heartbeat. Workers of earlier versions say nothing.
ALTER TABLE "Worker" ADD COLUMN "clockAheadMs" BIGINT;
