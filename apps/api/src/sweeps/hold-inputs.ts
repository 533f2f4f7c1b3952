import type { SweepPlan } from '../planning/sweep-plan.js';
import type { Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';

/**
 * Keeps the data set and the imported adapters of a plan from being deleted until the transaction ends, so that a sweep
 * never begins without them.
 *
 * @throws ProblemError `conflict` naming one that was deleted since the plan was made
 */
export async function holdInputs(sql: Sql, { request, datasetId, methods }: SweepPlan): Promise<void> {
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
}

const deleted = (what: string) => new ProblemError('conflict', `${what} was deleted while the sweep was submitted`);
