-- A worker holds the data of a site for one project: the site of a turn begins with the project's id. Workers that name no project
-- hold nothing that a turn asks for.
UPDATE "Trial" t SET "site" = s."projectId"::text || '/' || t."site"
FROM "Sweep" s WHERE s."id" = t."sweepId" AND t."site" IS NOT NULL;
