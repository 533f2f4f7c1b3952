import { TrialGenerator } from '@rankforge/contracts';
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
  const { projectId, request, datasetId, methods, generator } = plan;
  if (datasetId) {
    const held = await sql.$queryRaw<unknown[]>`SELECT 1 FROM "Dataset" WHERE "id" = ${datasetId}::uuid FOR SHARE`;
    if (held.length === 0) throw deleted(`The data set of ${request.task}`);
  }
  const named = methods.flatMap(({ from, teacher }) => [from ?? [], teacher?.adapter ?? []].flat());
  for (const from of named) {
    if (from.ofTrial) continue;
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

const deleted = (what: string) =>
  new ProblemError(
    'conflict',
    `${what} was deleted while the sweep was submitted or extended; add it again, or name another`,
  );
