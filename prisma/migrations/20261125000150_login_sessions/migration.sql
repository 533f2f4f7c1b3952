-- Sessions of people who signed in through an identity provider. The cookie's id is stored as its hash.
CREATE TABLE "LoginSession" (
    "hash" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LoginSession_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "LoginSession_expiresAt_idx" ON "LoginSession"("expiresAt");
