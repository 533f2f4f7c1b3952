-- How attempts ended that went with a removed sweep: counters of attempts never fall.
CREATE TABLE "DeletedAttempts" (
    "outcome" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "attempts" BIGINT NOT NULL,

    CONSTRAINT "DeletedAttempts_pkey" PRIMARY KEY ("outcome","engine")
);
