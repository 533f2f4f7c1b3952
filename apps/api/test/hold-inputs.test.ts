import type { TrialGenerator } from '@rankforge/contracts';
import { type Database, openDatabase, type Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import type { SweepPlan } from '../src/planning/sweep-plan.js';
import { holdInputs } from '../src/sweeps/hold-inputs.js';

const projectId = '00000000-0000-7000-8000-000000000001';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** A base model that writes, by the digest of its weights. */
const writer = (name: string, digit: string): TrialGenerator => ({
  name,
  kind: 'base',
  base: 'nano-sotu',
  template: 'plain',
  sha256: digit.repeat(64),
});
const add = (generator: TrialGenerator) =>
  db.generator.create({
    data: { id: uuidv7(), projectId, name: generator.name, generator: generator as Prisma.InputJsonObject },
  });

/** Holds what a plan has of a sweep that asks a generator. */
const hold = (spec: TrialGenerator) => {
  const plan = partOf<SweepPlan>({ projectId, request: {}, methods: [], generator: { spec } });
  return db.$transaction((sql) => holdInputs(sql, plan));
};

describe('the generator of a plan', () => {
  it('lets the sweep begin where it is as it was planned', async () => {
    await add(writer('kept', 'a'));
    await expect(hold(writer('kept', 'a'))).resolves.toBeUndefined();
  });

  it('refuses the sweep where it was removed meanwhile', async () => {
    const detail = expect.stringContaining(
      'The generator removed was deleted while the sweep was submitted or extended',
    );
    await expect(hold(writer('removed', 'a'))).rejects.toMatchObject({ kind: 'conflict', detail });
  });

  it('refuses the sweep where another was added under its name meanwhile', async () => {
    await add(writer('replaced', 'b'));
    const detail = expect.stringContaining('The generator replaced was replaced by another of its name');
    await expect(hold(writer('replaced', 'a'))).rejects.toMatchObject({ kind: 'conflict', detail });
  });
});
