/** @file Tells contenders apart by their named parts, in TypeScript and in SQL. */
import {
  contenderKey,
  contenderOf,
  contenderPaths,
  federationSteps,
  scenarioName,
  sweepKindOf,
  sweepKindRecords,
  type TrialSpec,
} from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';

/**
 * Names what competes by the parts of a trial, e.g. a method with the optimizer it is trained by. Where each configuration is a
 * contender of its own, it is another one for each number of steps that it is trained for afterwards. In a federation it is another one in each scenario.
 */
export function contender(spec: TrialSpec): string {
  const parts = contenderKey(contenderOf(spec));
  const name = spec.federation ? `${parts}/${scenarioName(spec.federation)}` : parts;
  if (!sweepKindOf(spec.kind).configurationsCompete) return name;
  return `${name}/${JSON.stringify(spec.methodConfig)}/${spec.training.steps} steps`;
}

const parts = Object.entries(contenderPaths).map(([name, path]) => ({ name, at: Prisma.sql`${[...path]}::text[]` }));

/** SQL: the parts of a trial, as `Contender` has them. */
export const contenderObject: Prisma.Sql = Prisma.sql`jsonb_strip_nulls(jsonb_build_object(${Prisma.join(
  parts.map(({ name, at }) => Prisma.sql`${name}::text, "spec" #> ${at}`),
)}))`;

/** SQL: columns that tell contenders apart, of trials that train. */
export const contenderColumns: Prisma.Sql = Prisma.join([
  ...parts.map(({ at }) => Prisma.sql`"spec" #>> ${at}`),
  Prisma.sql`(("spec"->'federation') - ${[...federationSteps]}::text[])::text`,
  Prisma.sql`CASE WHEN "spec"->>'kind' = ANY(${sweepKindRecords
    .filter(({ configurationsCompete }) => configurationsCompete)
    .map(({ name }) => name)}::text[]) THEN ("spec"->'methodConfig')::text || "steps"::text END`,
]);
