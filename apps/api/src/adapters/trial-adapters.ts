import { Id, TrialSpec } from '@rankforge/contracts';
import { type ArtifactStore, type Database, hasResult, trains } from '@rankforge/db';
import type { StartingAdapter } from './starting-adapter.js';
import { storedInfo } from './stored-info.js';

/**
 * Adapters of finished trainings of a project, by the id of the trial. Names that are no ids, and trials without an
 * adapter, are left out.
 *
 * @throws ProblemError `unavailable` where the file of one cannot be read
 */
export async function trialAdapters(
  database: Database,
  store: ArtifactStore,
  names: readonly string[],
  projectId: string,
): Promise<Map<string, StartingAdapter>> {
  const ids = names.filter((name) => Id.safeParse(name).success);
  if (ids.length === 0) return new Map();
  const rows = await database.$queryRaw<{ id: string; spec: unknown; baseSha256: string | null; sha256: string }[]>`
    SELECT DISTINCT ON (t."id") t."id", t."spec", s."baseSha256", a."sha256"
    FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      JOIN "Artifact" a ON a."trialId" = COALESCE(t."leaderId", t."id") AND a."kind" = 'adapter'
    WHERE t."id" = ANY(${ids}::uuid[]) AND s."projectId" = ${projectId}::uuid AND s."removedAt" IS NULL
      AND ${trains('t')} AND ${hasResult('t')}
    ORDER BY t."id", a."step" DESC`;
  const found = new Map<string, StartingAdapter>();
  for (const { id, spec, baseSha256, sha256 } of rows) {
    const { base, on } = TrialSpec.parse(spec);
    const info = await storedInfo(store, sha256, `the adapter of training ${id}`);
    const { method, config, targets, classes = null, apartBlocks, queryTokens, titleWithQuery } = info;
    const own = config as Record<string, unknown>;
    found.set(id, {
      id,
      name: id,
      base,
      baseSha256,
      method,
      config: own,
      targets,
      classes,
      sha256,
      ofTrial: true,
      apart: { apartBlocks, queryTokens, titleWithQuery },
      ...(on ? { on } : {}),
    });
  }
  return found;
}
