import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registerWorker, stopWorker } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { onPlatform } from './support/on-platform.js';
import { rankforge } from './support/run.js';

let platform: Platform;
let api: TestApi;

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
});
afterAll(() => platform?.stop());

const spec = {
  name: 'from the command line',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora' }, { name: 'full-ft' }],
  rank: [4],
  learningRate: [0.001],
  memoryBudgetMiB: [64],
  seed: [0, 1],
  training: { steps: 5, batchSize: 2, sequenceLength: 16 },
};

const { run, json } = onPlatform(() => ({ url: api.url, key: platform.keys.submitter }));

const submit = (changes: object = {}) =>
  json<{ id: string; total: number }>(['sweep', 'submit', '-'], JSON.stringify({ ...spec, ...changes }));

describe('sweeps', () => {
  test('a preview counts trials and writes nothing', async () => {
    const before = await platform.db.sweep.count();
    const preview = await json<{ trials: number; rows: unknown[] }>(['sweep', 'preview', '-'], JSON.stringify(spec));
    expect(preview.trials).toBe(4);
    expect(preview.rows).toHaveLength(2);
    expect(await platform.db.sweep.count()).toBe(before);
  });

  test('limits stand beside the budget, with what is above them', async () => {
    const limits = { trainableParameters: [20_000, 1e9] };
    const { out } = await run(['sweep', 'preview', '-'], { input: JSON.stringify({ ...spec, limits }) });
    const [lora, fullFt] = ['lora', 'full-ft'].map((name) => out.split('\n').find((line) => line.startsWith(name)));
    expect(lora).toMatch(/ 64, trainableParameters ≤ 20,000; 64, trainableParameters ≤ 1,000,000,000$/);
    expect(fullFt).toMatch(
      /not 64, trainableParameters ≤ 20,000: predicted Trained parameters: ([\d,]+), above the limit of 20,000; largest part: tensors of the base \(\1\); 64,/,
    );
    const { id } = await submit({ name: 'limited', limits });
    const list = (await run(['trial', 'list', '--sweep', id, '--state', 'OVER_BUDGET'])).out;
    expect(list).toMatch(
      /64, trainableParameters ≤ 20,000 .*predicted Trained parameters: [\d,]+, above the limit of 20,000/,
    );
  });

  test('submit, list, pause, resume, clone and cancel', async () => {
    const { id, total } = await submit();
    // Four trainings, and a scoring of each.
    expect(total).toBe(8);
    expect((await run(['sweep', 'list'])).out).toContain(id);
    expect((await run(['sweep', 'list', '--search', 'no such text'])).out).not.toContain(id);

    const settings = await json<{ settings: unknown[]; total: number }>(['sweep', 'settings', id]);
    expect(settings).toMatchObject({ settings: [], total: 2, metric: 'perplexity' });
    const rows = (await run(['sweep', 'settings', id, '--format', 'csv'])).out.trimEnd().split('\r\n');
    expect(rows[0]).toBe(
      'method,configuration,chosen,seed,outcome,validation/perplexity,step,budgetSteps,judging,trialId',
    );
    expect(rows.slice(1).map((line) => line.split(',').slice(0, 5).join())).toEqual([
      'lora,1,false,0,open',
      'lora,1,false,1,open',
      'full-ft,2,false,0,open',
      'full-ft,2,false,1,open',
    ]);
    const nowhere = await run(['sweep', 'settings', id, '--steps', '3']);
    expect(nowhere.err).toContain('no training of the sweep ends at step 3; they end at 5');

    const state = async (action: string, of = id) => {
      const result = await json<{ sweep: { id: string; state: string } }>(['sweep', action, of]);
      return result.sweep;
    };
    expect((await state('pause')).state).toBe('PAUSED');
    expect((await state('resume')).state).toBe('RUNNING');
    const copy = await state('clone');
    expect(copy.id).not.toBe(id);
    expect((await state('cancel', copy.id)).state).toBe('CANCELLED');
    expect((await state('cancel')).state).toBe('CANCELLED');

    const again = await run(['sweep', 'cancel', id]);
    expect(again.err).toContain('nothing to change');

    const trials = await json<{ items: { state: string }[] }>(['trial', 'list', '--sweep', id, '--state', 'CANCELLED']);
    expect(trials.items).toHaveLength(4);
    const watched = await run(['sweep', 'watch', id]);
    expect(watched).toMatchObject({ status: 8, out: expect.stringContaining('4 cancelled') });
  });

  test('the board of a sweep is of its own task, base and kind, and else of the newest one', async () => {
    const board = (...args: string[]) => json<{ task: string; base: string; kind: string }>(['leaderboard', ...args]);
    const compress = { kind: 'compress', methods: [{ name: 'svd' }], recoverySteps: [0], training: { batchSize: 2 } };
    const { id } = await submit({ ...compress, task: 'state-of-the-union' });
    await submit();
    expect(await board('--task', 'moby-dick')).toMatchObject({
      task: 'moby-dick',
      base: 'nano-sotu',
      kind: 'finetune',
    });
    const own = { task: 'state-of-the-union', base: 'nano-sotu', kind: 'compress' };
    expect(await board('--sweep', id)).toMatchObject(own);
    // A compression without recovery has no steps, and nothing has ended yet.
    expect((await run(['trial', 'list', '--sweep', id])).out).not.toContain('0/0');
    const contradicted = await run(['leaderboard', '--sweep', id, '--task', 'moby-dick', '--base', 'nano-sotu']);
    expect(contradicted.err).toContain('--task moby-dick: the sweep is on state-of-the-union; leave --task out');
    expect(contradicted.status).toBe(2);
    const unknown = await run(['leaderboard', '--sweep', '0198b2a0-0000-7000-8000-000000000000']);
    expect(unknown).toMatchObject({ status: 3, err: expect.stringContaining('sweep') });
  });

  const steer = (...args: string[]) =>
    json<{ changed: number; sweep: { priority: number; total: number; trials: Record<string, number> } }>([
      'sweep',
      ...args,
    ]);

  test('priority, once', async () => {
    const { id } = await submit({ name: 'sooner' });
    expect(await steer('priority', id, '90')).toMatchObject({ changed: 1, sweep: { priority: 90 } });
    expect(await run(['sweep', 'priority', id, '90'])).toMatchObject({ status: 0, err: 'nothing to change' });
    expect(await run(['sweep', 'priority', id, 'high'])).toMatchObject({ status: 2 });
  });

  test('extend, by what is new', async () => {
    const { id } = await submit({ name: 'longer' });
    // LoRA at ranks 4 and 8 and full-ft, with seeds 0, 1 and 2, of which LoRA at 4 and full-ft had two.
    const extend = ['extend', id, '--seed', '1', '2', '--rank', '8'];
    expect(await steer(...extend)).toMatchObject({ changed: 5, sweep: { total: 9 + 2 * 3 } });
    const joined = ['extend', id, '--seed', '1,2', '--rank', '8'];
    expect(await run(['sweep', ...joined])).toMatchObject({ status: 0, err: 'nothing to change' });
    expect(await run(['sweep', 'extend', id, '--seed', '1;2'])).toMatchObject({
      status: 2,
      err: expect.stringContaining("'1;2' is invalid. expected a whole number"),
    });
    expect(await run(['sweep', 'extend', '--seed', '1', id])).toMatchObject({
      status: 2,
      err: expect.stringContaining(
        'expected a whole number. Put arguments of the command before this option, or after --.',
      ),
    });
    expect(await run(['sweep', 'extend', '--seed', '1', '2', '--', id])).toMatchObject({ err: 'nothing to change' });
    expect(await run(['sweep', 'extend', id, '--tied', '--seeds', '2'])).toMatchObject({
      status: 3,
      err: expect.stringContaining('is RUNNING: what its board has tied may still change'),
    });
    expect(await run(['sweep', 'extend', id])).toMatchObject({
      status: 3,
      err: expect.stringContaining('name at least one of seed, rank, learningRate, memoryBudgetMiB'),
    });
  });

  test('retry, of what failed', async () => {
    const { id } = await submit({ name: 'again', reuse: false });
    const { id: trialId } = await platform.db.trial.findFirstOrThrow({ where: { sweepId: id } });
    for (const state of ['RUNNING', 'FAILED'] as const) {
      await platform.db.trial.update({ where: { id: trialId }, data: { state } });
    }
    expect(await steer('retry', id)).toMatchObject({ changed: 1, sweep: { trials: { FAILED: 0 } } });
    expect((await platform.db.trial.findUniqueOrThrow({ where: { id: trialId } })).state).toBe('QUEUED');
    expect(await run(['sweep', 'retry', id])).toMatchObject({ status: 0, err: 'nothing to change' });
  });

  test('a scoring has its score on the test split in the list of trials', async () => {
    const { id } = await submit({ name: 'scored' });
    const { id: scoresTrialId } = await platform.db.trial.findFirstOrThrow({ where: { sweepId: id } });
    const scoring = {
      ...{ id: '0198b2a0-0000-7000-8000-00000000005c', key: 'its scoring', kind: 'score', scoresTrialId, ordinal: 99 },
      ...{ state: 'SUCCEEDED', result: { test: { loss: 3.1, perplexity: 22.25 }, seconds: 1 } },
    };
    await platform.db.$executeRaw`
      INSERT INTO "Trial" SELECT (jsonb_populate_record(t, ${JSON.stringify(scoring)}::jsonb)).*
      FROM "Trial" t WHERE t."id" = ${scoresTrialId}::uuid`;
    const { out } = await run(['trial', 'list', '--sweep', id, '--state', 'SUCCEEDED']);
    expect(out).toMatch(/test score/);
    expect(out).toMatch(/ 22\.25 /);
  });

  test('the same idempotency key makes one sweep', async () => {
    const arguments_ = ['sweep', 'submit', '-', '--idempotency-key', 'once'];
    const input = JSON.stringify({ ...spec, name: 'once' });
    const first = await json<{ id: string }>(arguments_, input);
    expect(await json<{ id: string }>(arguments_, input)).toMatchObject({ id: first.id });

    const clone = ['sweep', 'clone', first.id];
    const once = [...clone, '--idempotency-key', 'twin'];
    const { sweep: twin } = await json<{ sweep: { id: string } }>(once);
    const { sweep: another } = await json<{ sweep: { id: string } }>(clone);
    expect(new Set([first.id, twin.id, another.id]).size).toBe(3);
    expect(await run(once)).toMatchObject({
      status: 0,
      out: expect.stringContaining(twin.id),
      err: 'nothing to change',
    });
    await run(['sweep', 'cancel', first.id]);
  });
});

const aWorker = { name: 'both', host: 'here', pid: 1, version: '0.1.0', slots: 1, devices: [] };

test('preview and submit say that no live worker runs the engine, where others live', async () => {
  const input = JSON.stringify({ ...spec, name: 'without a worker', engine: 'tensorflow' });
  expect(await run(['sweep', 'preview', '-'], { input })).toMatchObject({ status: 0, err: '' });
  const workerId = await registerWorker(platform.db, { ...aWorker, engines: ['wasm'] });
  const said =
    'its trials would wait: no live worker runs tensorflow (but wasm): `rankforge engine list` says how to add it';
  expect((await run(['sweep', 'preview', '-'], { input })).err).toContain(said);
  expect((await run(['sweep', 'submit', '-'], { input })).err).toContain(said);
  expect((await run(['sweep', 'preview', '-'], { input: JSON.stringify(spec) })).err).toBe('');
  await stopWorker(platform.db, workerId);
});

test('submit says that a faster engine is there, unless the request names one', async () => {
  const workerId = await registerWorker(platform.db, {
    ...aWorker,
    engines: ['wasm', 'tensorflow'],
  });
  const input = JSON.stringify({ ...spec, name: 'engines' });
  const open = await run(['sweep', 'submit', '-'], { input });
  expect(open).toMatchObject({ status: 0, err: expect.stringContaining('--engine tensorflow') });
  const named = await run(['sweep', 'submit', '-', '--engine', 'tensorflow', '--json'], { input });
  expect(named).toMatchObject({ status: 0, err: '' });
  expect(JSON.parse(named.out)).toMatchObject({ engine: 'tensorflow' });
  expect(await run(['sweep', 'submit', '-', '--engine', 'jax'], { input })).toMatchObject({ status: 2 });
  await stopWorker(platform.db, workerId);
  expect(await run(['sweep', 'submit', '-'], { input })).toMatchObject({ status: 0, err: '' });
});

describe('storage', () => {
  test('remove says what is in the way, then what would go, then what went', async () => {
    const { id } = await submit({ name: 'to be removed', seed: [91] });
    const refused = await run(['sweep', 'remove', id]);
    expect([refused.status, refused.err]).toEqual([3, expect.stringContaining('it is RUNNING: cancel it first')]);
    const blocked = await run(['sweep', 'remove', id, '--dry-run']);
    expect([blocked.status, blocked.out]).toEqual([3, expect.stringContaining('in the way: it is RUNNING')]);
    await run(['sweep', 'cancel', id]);
    const foreseen = await run(['sweep', 'remove', id, '--dry-run']);
    expect(foreseen.out).toContain(`to be removed (${id}) would be removed: 2 trials, 0 attempts, 0 metric points`);
    expect(await platform.db.sweep.count({ where: { id, removedAt: null } })).toBe(1);
    const removed = await run(['sweep', 'remove', id]);
    expect([removed.status, removed.out]).toEqual([0, expect.stringContaining(`(${id}) removed: 2 trials`)]);
    expect((await run(['sweep', 'remove', id])).status).toBe(3);
  });

  test('storage shows kinds, projects and the largest sweeps to an admin', async () => {
    const { id } = await submit({ name: 'stored', seed: [92] });
    const { out } = await run(['storage', '--sweeps', '500', '--key', platform.keys.admin]);
    expect(out).toMatch(/^trials +\d+\.\d$/m);
    expect(out).toMatch(/^default +0\.0 +\d+\.\d$/m);
    expect(out).toMatch(new RegExp(`^${id} +default +RUNNING +0\\.0 +\\d+\\.\\d +stored$`, 'm'));
    expect(out).toMatch(/^the database takes \d+\.\d MiB$/m);
    expect((await run(['storage'])).status).toBe(3);
  });
});

describe('a refusal ends with 3 and names the field', () => {
  test.each([
    ['an unknown key', { rnak: [4] }, 'rnak'],
    ['a rank of 0', { rank: [0] }, '/rank/0'],
    ['an unknown method', { methods: [{ name: 'loraa' }] }, '/methods/0/name'],
    ['a duplicate seed', { seed: [1, 1] }, '/seed/1 (standard input, line 1): duplicate value 1'],
  ])('%s', async (_, changes, named) => {
    const { status, err } = await run(['sweep', 'submit', '-'], { input: JSON.stringify({ ...spec, ...changes }) });
    expect(err).toContain(named);
    expect(status).toBe(3);
  });

  test('a viewer that submits, and a key nobody knows', async () => {
    const viewer = await run(['sweep', 'submit', '-'], { key: platform.keys.viewer, input: JSON.stringify(spec) });
    expect(viewer).toMatchObject({ status: 3, err: expect.stringContaining('403') });
    const stranger = await run(['sweep', 'list'], { key: `rf_${'x'.repeat(43)}` });
    expect(stranger).toMatchObject({ status: 3, err: expect.stringContaining('401') });
  });

  test('a trial that does not exist', async () => {
    const { status, err } = await run(['trial', 'logs', '0198b2a0-0000-7000-8000-000000000000']);
    expect(err).toContain('404');
    expect(status).toBe(3);
  });
});

describe('catalog', () => {
  test('methods and tasks, as a table and as JSON', async () => {
    const { methods } = await json<{ methods: { name: string }[] }>(['methods']);
    expect(methods.map(({ name }) => name)).toEqual(expect.arrayContaining(['lora', 'dora', 'full-ft']));
    expect((await run(['methods'])).out).toMatch(/^dora\s+finetune, federate\s+yes/m);
    expect((await run(['tasks'])).out).toMatch(/^moby-dick\s+language-modelling\s+perplexity \(minimize, from 1\)/m);
  });
});

test('stored files that nothing refers to are counted, then removed', async () => {
  const gc = (...args: string[]) => run(['artifacts', 'gc', ...args], { key: platform.keys.admin });
  // The API collects once when it starts; a second collection is behind that one.
  expect((await gc()).out).toMatch(/^0 files, 0\.0 MiB removed/);
  const folder = join(platform.dataDir, 'artifacts', 'ab');
  await mkdir(folder, { recursive: true });
  const orphan = join(folder, `ab${'0'.repeat(62)}`);
  await writeFile(orphan, Buffer.alloc(2 ** 20));
  const then = new Date(Date.now() - 2 * 86_400_000);
  await utimes(orphan, then, then);
  expect((await gc('--dry-run')).out).toBe(
    '1 file, 1.0 MiB would be removed; what was stored within 60 minutes is left alone',
  );
  expect(await json<object>(['artifacts', 'gc'], '', platform.keys.admin)).toEqual({
    files: 1,
    bytes: 2 ** 20,
    graceSeconds: 3600,
  });
  expect((await gc('--dry-run')).out).toMatch(/^0 files/);
  expect(await run(['artifacts', 'gc'], { key: platform.keys.submitter })).toMatchObject({ status: 3 });
  const { items } = await json<{ items: { action: string }[] }>(['audit'], '', platform.keys.admin);
  expect(items.filter(({ action }) => action === 'artifact.collect')).toHaveLength(2);
});

test('a page of a list says how the next is asked for', async () => {
  await submit({ name: 'of two pages' });
  const first = await run(['sweep', 'list', '--limit', '1']);
  const [, next = ''] = /^there is more: --cursor (\S+)$/.exec(first.err)!;
  const second = await run(['sweep', 'list', '--limit', '1', '--cursor', next]);
  expect(second.out).not.toBe(first.out);
  const trials = await run(['trial', 'list', '--limit', '1']);
  expect(trials.err).toMatch(/^there is more: --cursor \S+$/);
});

test('trials of several sweeps say of which each is', async () => {
  const { id } = await submit({ name: 'among others' });
  const [all, ...rows] = (await run(['trial', 'list', '--limit', '500'])).out.split('\n');
  expect(all).toMatch(/^id +sweep +# +kind/);
  expect(rows.map((row) => row.split(/ +/)[1])).toContain(id);
  const [one] = (await run(['trial', 'list', '--sweep', id])).out.split('\n');
  expect(one).toMatch(/^id +# +kind/);
});

test('the database lets nobody in by a wrong password, and that is said', async () => {
  const address = new URL(platform.databaseUrl);
  address.password = 'not-it';
  const { status, err } = await rankforge(['key', 'list'], { DATABASE_URL: address.href });
  expect(err).toBe(
    `the database at ${address.host} lets nobody in by that address (wrong password): correct its user, password or database.`,
  );
  expect(status).toBe(4);
});

test('a key is made in the database, works at once, and no longer after it is revoked', async () => {
  const env = { DATABASE_URL: platform.databaseUrl };
  const made = await rankforge(['key', 'create', 'for a test', '--role', 'viewer', '--json'], env);
  const { secret, key } = JSON.parse(made.out) as { secret: string; key: { id: string } };
  expect(await run(['sweep', 'list'], { key: secret })).toMatchObject({ status: 0 });
  expect((await rankforge(['key', 'list'], env)).out).toContain(key.id);
  const quota = await rankforge(['key', 'quota', key.id, '--running-trials', '3', '--stored-mib', '10'], env);
  expect(quota.out).toMatch(/0 of 3 .* 0\.0 MiB of any .* 0\.0 MiB of 10 MiB/);
  const none = await rankforge(['key', 'quota', key.id, '--running-trials', 'none'], env);
  expect(none).toMatchObject({ status: 0, err: '', out: expect.stringContaining('0 of any') });

  expect(await rankforge(['key', 'revoke', key.id], env)).toMatchObject({ status: 0 });
  expect(await run(['sweep', 'list'], { key: secret })).toMatchObject({ status: 3 });
});

test('a test of a webhook that is not delivered ends with 4, and says what allows its address', async () => {
  const key = platform.keys.admin;
  const { webhook } = await json<{ webhook: { id: string } }>(['webhook', 'create', 'http://127.0.0.1:9/'], '', key);
  const { status, out } = await run(['webhook', 'test', webhook.id], { key });
  expect(out).toContain('not allowed: an administrator allows those by RANKFORGE_WEBHOOKS_PRIVATE=true');
  expect(status).toBe(4);
  await run(['webhook', 'delete', webhook.id], { key });
});
