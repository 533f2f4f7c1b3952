import { CreateSweep, Id, TrialGenerator } from '@rankforge/contracts';
import { isTrainingThere } from '../adapters/is-training-there.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { contentHash } from '../planning/trial-key.js';
import type { Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';

/**
 * Keeps the data set, the imported adapters and the generator of a plan from being deleted until the transaction ends, so that
 * a sweep never begins, or goes on, without them.
 *
 * @throws ProblemError `conflict` naming one that was deleted since the plan was made, or is another of its name by now
 */
export async function holdInputs(sql: Sql, plan: SweepPlan): Promise<void> {
  const { projectId, request, datasetId, methods, generator, foundation } = plan;
  if (datasetId) {
    const held = await sql.$queryRaw<unknown[]>`SELECT 1 FROM "Dataset" WHERE "id" = ${datasetId}::uuid FOR SHARE`;
    if (held.length === 0) throw deleted(`The data set of ${request.task}`);
  }
  if (foundation) await requireSweep(sql, foundation.sweepId);
  const named = methods.flatMap(({ from, teacher }) => [from ?? [], teacher?.adapter ?? []].flat());
  for (const from of named) {
    if (from.ofTrial) {
      if (!(await isTrainingThere(sql, from.id))) throw deleted(`The training ${from.id}`);
      continue;
    }
    const held = await sql.$queryRaw<
      unknown[]
    >`SELECT 1 FROM "ImportedAdapter" WHERE "id" = ${from.id}::uuid FOR SHARE`;
    if (held.length === 0) throw deleted(`The adapter ${from.name}`);
  }
  if (!generator) return;
  const { name } = generator.spec;
  const [held] = await sql.$queryRaw<{ generator: unknown }[]>`
    SELECT "generator" FROM "Generator" WHERE "projectId" = ${projectId}::uuid AND "name" = ${name} FOR SHARE`;
  if (!held) throw deleted(`The generator ${name}`);
  if (contentHash(TrialGenerator.parse(held.generator)) !== contentHash(generator.spec)) {
    throw new ProblemError(
      'conflict',
      `The generator ${name} was replaced by another of its name while the sweep was submitted or extended; try again to ask that one`,
    );
  }
}

/**
 * Keeps the imported adapters that failed trials of a sweep start from or learn from, until the transaction ends. An adapter may
 * be deleted once its sweeps are over, and its tensors go with it.
 *
 * @throws ProblemError `conflict` where one was deleted
 */
export async function holdForRetry(sql: Sql, sweepId: string): Promise<void> {
  const { projectId, spec } = await sql.sweep.findUniqueOrThrow({
    where: { id: sweepId },
    select: { projectId: true, spec: true },
  });
  const named = CreateSweep.parse(spec)
    .methods.flatMap(({ from, teacher }) => [from ?? [], teacher ?? []].flat())
    .filter((name) => !Id.safeParse(name).success);
  const held = await sql.$queryRaw<{ name: string; sha256: string }[]>`
    SELECT "name", "sha256" FROM "ImportedAdapter"
    WHERE "projectId" = ${projectId}::uuid AND "name" = ANY(${named}::text[]) FOR SHARE`;
  const [gone] = await sql.$queryRaw<{ sha256: string }[]>`
    SELECT n."sha256" FROM "Trial" t
      CROSS JOIN LATERAL (VALUES (t."spec"->>'from'), (t."spec"->'teacher'->>'adapter')) n("sha256")
    WHERE t."sweepId" = ${sweepId}::uuid AND t."state" = 'FAILED' AND n."sha256" IS NOT NULL
      AND n."sha256" <> ALL(${held.map(({ sha256 }) => sha256)}::text[])
      AND NOT EXISTS (SELECT 1 FROM "Artifact" a WHERE a."sha256" = n."sha256" AND a."kind" = 'adapter') LIMIT 1`;
  if (!gone) return;
  const missing = named.filter((name) => held.every((row) => row.name !== name));
  const names = (missing.length > 0 ? missing : named).join(' or ');
  throw new ProblemError(
    'conflict',
    `Failed trials of sweep ${sweepId} need the adapter ${names}, which was deleted with its tensors (SHA-256 ${gone.sha256}): ` +
      'import these again under its name, or clone the sweep with another adapter',
  );
}

/** Removals take the placement lock, as whoever submits or extends does: what is there now is there when that commits. */
async function requireSweep(sql: Sql, id: string): Promise<void> {
  const found = await sql.sweep.findUnique({ where: { id, removedAt: null }, select: { id: true } });
  if (!found) throw deleted(`The sweep ${id}`);
}

const deleted = (what: string) =>
  new ProblemError(
    'conflict',
    `${what} was deleted while the sweep was submitted or extended; add it again, or name another`,
  );
