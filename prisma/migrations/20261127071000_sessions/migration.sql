-- Sessions of the page, for those who sign in with a key and those who come from an identity provider. The cookie holds
-- an id, the page a token, and this table their hashes: only both together open a session.
CREATE TABLE "Session" (
    "hash" TEXT NOT NULL,
    "pageHash" TEXT NOT NULL,
    "keyHash" TEXT,
    "person" JSONB,
    "projectId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("hash"),
    CONSTRAINT "Session_opener_check" CHECK (("keyHash" IS NULL) <> ("person" IS NULL))
);
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
ALTER TABLE "Session" ADD CONSTRAINT "Session_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Sign-ins that were begun at an identity provider; people with a session of before sign in again.
CREATE TABLE "Departure" (
    "hash" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Departure_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "Departure_expiresAt_idx" ON "Departure"("expiresAt");

DROP TABLE "LoginSession";
