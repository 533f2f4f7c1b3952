-- Classes of the head that an imported adapter has; null where it has none, as all before.
ALTER TABLE "ImportedAdapter" ADD COLUMN "classes" INTEGER;
