-- What the file store-id in the folder of artifacts holds, and who wrote it: a worker that reads something else sees another folder.
CREATE TABLE "Store" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "nonce" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "folder" TEXT NOT NULL,
    "markedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Store_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Store_only_one" CHECK ("id" = 1)
);

-- Why a worker takes no trial; null: nothing is wrong.
ALTER TABLE "Worker" ADD COLUMN "trouble" TEXT;
