import type { CreateSweep, TrialChat, TrialGenerator, TrialSpec } from '@rankforge/contracts';
import { type Database, type Prisma } from '@rankforge/db';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture, spec } from '../../../test/support/trials.js';
import type { Catalog } from '../src/catalog/catalog.js';
import { plannedKey } from '../src/planning/plan.js';
import type { SweepPlan } from '../src/planning/sweep-plan.js';
import { takePlacementLock } from '../src/platform/placement-lock.js';
import type { Expansion } from '../src/scheduling/expansion.js';
import type { Planner } from '../src/scheduling/planner.js';
import { SweepExtender } from '../src/sweeps/extend-sweep.js';
import { refuseReplaced } from '../src/sweeps/replaced-inputs.js';

const [before, after] = ['a', 'b'].map((digit) => digit.repeat(64)) as [string, string];
const version = '1.0.0';

let fixture: Fixture;
let db: Database;
beforeAll(async () => {
  fixture = await openFixture();
  ({ db } = fixture);
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await db.trial.deleteMany();
});

const endpoint = (more: object): TrialGenerator =>
  partOf<TrialGenerator>({
    name: 'judge',
    kind: 'endpoint',
    url: 'http://a/v1',
    model: 'm',
    api: 'chat',
    sha256: before,
    ...more,
  });
const taught = (more: object) => ({ base: 'teacher', baseSha256: before, adapter: before, ...more });

/** A plan whose one method reads what is named. */
const planOf = ({
  base = before,
  dataset,
  chat,
  generator,
  from,
  teacher,
}: {
  base?: string;
  dataset?: string;
  chat?: TrialChat;
  generator?: TrialGenerator;
  from?: string;
  teacher?: object;
}) =>
  partOf<SweepPlan>({
    projectId: 'other',
    request: { task: dataset ? 'dataset:reviews' : spec.task, base: spec.base, reuse: true },
    task: { dataHash: dataset ?? 'd' },
    base: { name: spec.base, sha256: base },
    ...(chat && { chat }),
    ...(generator && { generator: { spec: generator } }),
    methods: [
      {
        index: 0,
        method: { name: spec.method },
        ...(from && { from: { name: 'mine', sha256: from } }),
        ...(teacher && { teacher: { adapter: { name: 'wise' }, spec: teacher } }),
      },
    ],
  });

/** Adds a trial with inputs as it was planned. */
async function trained(more: Partial<TrialSpec>, plan = planOf({})): Promise<void> {
  const own = { ...spec, ...more };
  const key = plannedKey(plan, own, version, fixture.sweepId);
  await db.trial.update({ where: { id: await fixture.queued() }, data: { key, spec: own as Prisma.InputJsonObject } });
}

const refuse = (plan: SweepPlan) => db.$transaction((sql) => refuseReplaced(sql, fixture.sweepId, plan, version));

describe('an extension', () => {
  it('goes on where all inputs are those that the trials began with, also beside trials that read none', async () => {
    const inputs = { generator: endpoint({}), from: before, teacher: taught({}) } as const;
    await trained({});
    await trained(inputs);
    await expect(refuse(planOf(inputs))).resolves.toBeUndefined();
  });

  it.each<[string, Partial<TrialSpec>, Parameters<typeof planOf>[0], string, string]>([
    [
      'generator',
      { generator: endpoint({}) },
      { generator: endpoint({ url: 'http://b/v1', price: { read: 1, written: 2 }, sha256: after }) },
      '/generator',
      `the generator judge was replaced (url was "http://a/v1", is "http://b/v1", sha256 was "${before}", is "${after}", ` +
        'price was absent, is {"read":1,"written":2})',
    ],
    [
      'chat template',
      { chat: { sha256: before } },
      { chat: { sha256: after } },
      '/base',
      `the chat template of sotu-gpt was replaced (sha256 was "${before}", is "${after}")`,
    ],
    [
      'adapter to start from',
      { from: before },
      { from: after },
      '/methods/0/from',
      `the adapter mine was replaced (sha256 was "${before}", is "${after}")`,
    ],
    [
      'teacher',
      { teacher: taught({}) },
      { teacher: taught({ baseSha256: after }) },
      '/methods/0/teacher',
      `the teacher wise was replaced (baseSha256 was "${before}", is "${after}")`,
    ],
    [
      'data set',
      { dataset: before },
      { dataset: after },
      '/task',
      `the data set dataset:reviews was replaced (sha256 was "${before}", is "${after}")`,
    ],
    [
      'base model under a data set',
      { dataset: before },
      { dataset: before, base: after },
      '/base',
      'the folder of the base model sotu-gpt or the library was replaced ' +
        `(now SHA-256 ${after} of the folder, version 1.0.0 of the library)`,
    ],
    [
      'base model',
      {},
      { base: after },
      '/base',
      'the folder of the base model sotu-gpt, the data of moby-dick or the library was replaced ' +
        `(now SHA-256 ${after} of the folder, version 1.0.0 of the library)`,
    ],
  ])('refuses another %s, and says what it was and what it is', async (_, began, now, path, message) => {
    await trained(began, planOf({ ...(began.dataset && { dataset: began.dataset }) }));
    await expect(refuse(planOf(now))).rejects.toMatchObject({
      kind: 'conflict',
      status: 409,
      errors: [{ path, message }],
      detail:
        `Sweep ${fixture.sweepId} began with other inputs than there are now, and its board would mix trials of both: ` +
        `${message}. Clone the sweep to run all of it with those of now, or put back what it began with`,
    });
  });

  it('goes on with any of the inputs that its trials mix already', async () => {
    const [first, second] = [endpoint({}), endpoint({ sha256: after })];
    await trained({ generator: first, from: before });
    await trained({ generator: second, from: after }, planOf({ base: after }));
    await expect(refuse(planOf({ generator: first, from: after }))).resolves.toBeUndefined();
    await expect(refuse(planOf({ base: after, generator: second, from: before }))).resolves.toBeUndefined();
    await expect(refuse(planOf({ generator: first, from: 'c'.repeat(64) }))).rejects.toMatchObject({
      errors: [{ path: '/methods/0/from' }, { path: '/methods/0/from' }],
    });
  });

  it('answers a refused extension before it waits for its turn to place trials', async () => {
    const method = { name: spec.method };
    const asked = { name: 'a', task: spec.task, base: spec.base, methods: [method], memoryBudgetMiB: [512], rank: [4] };
    await db.sweep.update({ where: { id: fixture.sweepId }, data: { spec: asked } });
    await trained({ from: before });
    const extender = new SweepExtender(
      db,
      partOf<Catalog>({ libraryVersion: version, method: () => undefined }),
      partOf<Expansion>({
        planAnew: async ({ spec: extended }) => ({
          ...planOf({ from: after }),
          request: extended as CreateSweep,
          strategy: { extensible: ['seed'], points: () => [] },
        }),
      }),
      partOf<Planner>({}),
    );
    await db.$transaction(async (sql) => {
      await takePlacementLock(sql);
      await expect(extender.extend(fixture.sweepId, { seed: [1] }, null)).rejects.toMatchObject({
        errors: [{ path: '/methods/0/from' }],
      });
    });
  });

  it('names only the adapter that was replaced, of two that trainings start from', async () => {
    await trained({ from: before });
    await trained({ from: 'c'.repeat(64) });
    const plan = planOf({ from: after });
    const [method] = plan.methods;
    const kept = { ...method!, index: 1, from: { ...method!.from!, name: 'kept', sha256: 'c'.repeat(64) } };
    await expect(refuse({ ...plan, methods: [method!, kept] })).rejects.toMatchObject({
      errors: [{ path: '/methods/0/from', message: expect.stringContaining('the adapter mine') }],
    });
  });
});
