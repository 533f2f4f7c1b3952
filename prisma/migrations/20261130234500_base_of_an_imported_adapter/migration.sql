-- A base model's folder may be replaced by another of its name: an adapter says which one it was read onto. Null before this.
ALTER TABLE "ImportedAdapter" ADD COLUMN "baseSha256" TEXT;
