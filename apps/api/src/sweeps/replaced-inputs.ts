import { datasetOf, type FieldError, type TrialSpec } from '@rankforge/contracts';
import { isProposed } from '@rankforge/db';
import type { MethodAxes } from '../planning/expand.js';
import { plannedKey } from '../planning/plan.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { contentHash } from '../planning/trial-key.js';
import type { Sql } from '../platform/database.js';
import { distinct } from '../platform/http/issues.js';
import { ProblemError } from '../platform/http/problem.js';

type Json = Readonly<Record<string, unknown>>;

/** Something that a method of a plan reads. */
interface Input {
  /** JSON pointer in the request. */
  path: string;
  /** Names it, for people. */
  what: string;
  /** The field of a trial's spec, which has digests where the request has a name. */
  value: Json;
}

/** Fields of a spec that say by digests what a request says by a name: what each would be of a method now. */
const inputs = {
  dataset: (_, { request, task }) =>
    datasetOf(request.task) === undefined
      ? undefined
      : { path: '/task', what: `the data set ${request.task}`, value: { sha256: task.dataHash } },
  chat: (_, { chat, request }) =>
    chat && {
      path: chat.template ? '/chatTemplate' : '/base',
      what: `the chat template ${chat.template ?? `of ${request.base}`}`,
      value: chat,
    },
  generator: (_, { generator }) =>
    generator && { path: '/generator', what: `the generator ${generator.spec.name}`, value: generator.spec },
  from: ({ index, from }) =>
    from && { path: `/methods/${index}/from`, what: `the adapter ${from.name}`, value: { sha256: from.sha256 } },
  teacher: ({ index, teacher }) =>
    teacher && { path: `/methods/${index}/teacher`, what: `the teacher ${teacher.adapter.name}`, value: teacher.spec },
} satisfies Record<string, (of: MethodAxes, plan: SweepPlan) => Input | undefined>;

type InputField = keyof typeof inputs;
const fields = Object.keys(inputs) as InputField[];

/** Inputs that trials of one method have in their specs; null: none. */
type Begun = { method: string } & Record<InputField, Json | null>;

/**
 * Refuses to extend a sweep whose data set, chat template, generator, adapters or base model are others under their names than its trials
 * began with: a board compares trainings of the same inputs. A sweep that mixed them already may go on with any that it has.
 *
 * @throws ProblemError `conflict` that names each, what it was and what it is
 */
export async function refuseReplaced(
  sql: Sql,
  sweepId: string,
  plan: SweepPlan,
  libraryVersion: string,
): Promise<void> {
  const begun = await sql.$queryRaw<Begun[]>`
    SELECT DISTINCT "method", "spec"->'generator' AS "generator", "spec"->'teacher' AS "teacher", "spec"->'chat' AS "chat",
      CASE WHEN "spec" ? 'from' THEN jsonb_build_object('sha256', "spec"->'from') END AS "from",
      CASE WHEN "spec" ? 'dataset' THEN jsonb_build_object('sha256', "spec"->'dataset') END AS "dataset"
    FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()}`;
  const methods = [...new Set(begun.map(({ method }) => method))];
  const replaced = methods.flatMap((method) => fields.flatMap((field) => replacedOf(plan, begun, { method, field })));
  const errors = replaced.length > 0 ? distinct(replaced) : await otherBase(sql, sweepId, plan, libraryVersion);
  if (errors.length === 0) return;
  throw new ProblemError(
    'conflict',
    `Sweep ${sweepId} began with other inputs than there are now, and its board would mix trials of both: ` +
      `${errors.map(({ message }) => message).join('; ')}. Clone the sweep to run all of it with those of now, or put back what it began with`,
    errors,
  );
}

/** Inputs of trials of a method that no entry of the request has now, beside the entries that may have had them. */
function replacedOf(
  plan: SweepPlan,
  begun: readonly Begun[],
  { method, field }: { method: string; field: InputField },
): FieldError[] {
  const before = begun
    .filter((of) => of.method === method)
    .map((of) => of[field])
    .filter((value) => value !== null);
  const now = plan.methods
    .filter((of) => of.method.name === method)
    .map((of) => inputs[field](of, plan))
    .filter((input) => input !== undefined);
  const hashesOf = (values: readonly Json[]) => new Set(values.map(contentHash));
  const [hadBefore, hasNow] = [hashesOf(before), hashesOf(now.map(({ value }) => value))];
  const lost = before.filter((value) => !hasNow.has(contentHash(value)));
  const fresh = now.filter(({ value }) => !hadBefore.has(contentHash(value)));
  // More values than the request has places for: the trials are of several already.
  const mixed = hadBefore.size > new Set(now.map(({ path }) => path)).size;
  if (mixed && fresh.length === 0) return [];
  const suspects = fresh.length > 0 ? fresh : now;
  return lost.flatMap((was) =>
    suspects.map(({ path, what, value }) => ({ path, message: `${what} was replaced (${changes(was, value)})` })),
  );
}

/** Names the fields that differ, with both values. */
function changes(was: Json, is: Json): string {
  const text = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => contentHash(was[name]) !== contentHash(is[name]))
    .map((name) => `${name} was ${text(was[name])}, is ${text(is[name])}`)
    .join(', ');
}

/** A spec has no digest of its base model; the key of a trial has, with the version of the library and the data. */
async function otherBase(sql: Sql, sweepId: string, plan: SweepPlan, libraryVersion: string): Promise<FieldError[]> {
  const ends = await sql.$queryRaw<{ key: string; spec: TrialSpec }[]>`
    (SELECT "key", "spec" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()} ORDER BY "ordinal" LIMIT 1)
    UNION ALL
    (SELECT "key", "spec" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()} ORDER BY "ordinal" DESC LIMIT 1)`;
  const isOfNow = ({ key, spec }: { key: string; spec: TrialSpec }) =>
    plannedKey(plan, spec, libraryVersion, sweepId) === key;
  // First and last differ in a sweep that mixed two already.
  if (ends.length === 0 || ends.some(isOfNow)) return [];
  const { name, sha256 } = plan.base;
  const { task } = plan.request;
  // Data sets have digests of their own in specs; data that come with the program do not.
  const suspects = datasetOf(task) === undefined ? `, the data of ${task} or the library` : ' or the library';
  const message =
    `the folder of the base model ${name}${suspects} was replaced ` +
    `(now SHA-256 ${sha256} of the folder, version ${libraryVersion} of the library)`;
  return [{ path: '/base', message }];
}
