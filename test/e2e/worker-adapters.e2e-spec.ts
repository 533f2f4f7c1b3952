/** @file An adapter goes out as Python peft has it, comes back in, is evaluated, and is trained further. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterView, Leaderboard } from '@rankforge/contracts';
import type { Prisma } from '@rankforge/db';
import { writeSafetensors } from '@rankforge/peft';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import { type TestApi, waitFor } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { act, longTraining, losses, onlyTraining, submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;
let trained: Awaited<ReturnType<typeof onlyTraining>>;

/** A layer that is a module of its own in GPT-2. */
const training = { targets: ['fc_in'] };

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  trained = await finished(tinySweep(base, { training }));
});
afterAll(() => platform.stop());

async function finished(sweep: Parameters<typeof submit>[2]) {
  const id = await submit(platform, api, sweep);
  await untilCompleted(platform, id);
  return onlyTraining(platform, id);
}

const run = (args: string[]) =>
  rankforge(['adapter', ...args], { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter });

const perplexity = ({ result }: { result: unknown }) =>
  (result as { validation: { perplexity: number } }).validation.perplexity;

describe('an adapter of Python peft', () => {
  it('is imported by the command line, and listed', async () => {
    const peft = join(platform.dataDir, 'peft');
    expect(await run(['download', trained.id, '--format', 'peft', '-o', peft])).toMatchObject({ status: 0, err: '' });
    const { status, out, err } = await run(['import', peft, '--base', base, '--name', 'mine', '--json']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(JSON.parse(out) as AdapterView).toMatchObject({
      name: 'mine',
      base,
      method: 'lora',
      config: { rank: 2, alpha: 8 },
      targets: ['fc_in'],
    });
    expect((await run(['list'])).out).toContain('mine');
    expect((await run(['import', peft, '--base', base, '--name', 'mine'])).err).toMatch(/called mine already/);
  });

  it('is evaluated as a trial without steps, with the result of the training it came from', async () => {
    const { status, out } = await run(['evaluate', 'mine', '--task', tinyTask, '--json']);
    expect(status).toBe(0);
    const { id } = JSON.parse(out) as { id: string };
    await untilCompleted(platform, id);
    const evaluated = await onlyTraining(platform, id);
    expect(evaluated).toMatchObject({ state: 'SUCCEEDED', step: 0, steps: 0, method: 'lora', rank: 2 });
    const again = await finished(
      tinySweep(base, { methods: [{ name: 'lora', from: 'mine' }], training: { ...training, steps: 0 } }),
    );
    expect(perplexity(again)).toBe(perplexity(trained));
    const scored = await platform.db.trial.findFirstOrThrow({ where: { sweepId: id, kind: 'score' } });
    expect((scored.result as { test: { perplexity: number } }).test.perplexity).toBeGreaterThan(1);
  });

  it('competes by its name, also beside the same file under another one', async () => {
    const peft = join(platform.dataDir, 'peft');
    expect((await run(['import', peft, '--base', base, '--name', 'seed-2'])).status).toBe(0);
    const options = ['--engine', 'wasm', '--sequence-length', '16', '--batch-size', '2'];
    const { status, out, err } = await run(['evaluate', 'mine', 'seed-2', '--task', tinyTask, ...options, '--json']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { id } = JSON.parse(out) as { id: string };
    await untilCompleted(platform, id);
    const trials = await platform.db.trial.findMany({
      where: { sweepId: id, kind: 'train' },
      orderBy: { ordinal: 'asc' },
    });
    const training = { steps: 0, sequenceLength: 16, batchSize: 2, targets: ['fc_in'] };
    expect(trials.map(({ spec }) => spec)).toEqual(
      ['mine', 'seed-2'].map((adapter) =>
        expect.objectContaining({ adapter, engine: 'wasm', training: expect.objectContaining(training) }),
      ),
    );
    const response = await platform.request(
      api,
      `/v1/leaderboard?task=${encodeURIComponent(tinyTask)}&base=${base}&sweepId=${id}`,
    );
    const { rows } = (await response.json()) as Leaderboard;
    expect(rows.map(({ method, adapter, seeds, status }) => ({ method, adapter, seeds, status }))).toEqual(
      ['mine', 'seed-2'].map((adapter) => ({ method: 'lora', adapter, seeds: 1, status: 'scored' })),
    );
    expect(rows[0]!.score).toBe(rows[1]!.score);
    const { out: table } = await rankforge(['leaderboard', '--sweep', id], {
      RANKFORGE_URL: api.url,
      RANKFORGE_KEY: platform.keys.submitter,
    });
    expect(table).toMatch(/\n1\s+lora \+ from mine r2 not trained here\s/);
    expect(table).toContain(
      `Adapter of lora + from mine r2 not trained here, within 4096 MiB: rankforge adapter download --of-sweep ${id} --budget 4096`,
    );
    const other = await run(['evaluate', 'mine', 'nobody', '--task', tinyTask]);
    expect(other.err).toContain('there is no imported adapter nobody');
    expect((await run(['delete', 'seed-2'])).status).toBe(0);
  });

  it('is trained further', async () => {
    const further = await finished(tinySweep(base, { methods: [{ name: 'lora', from: 'mine' }], training }));
    const [first, before] = [await losses(platform, further.id), await losses(platform, trained.id)];
    expect(first[0]![1]).toBeLessThan(before[0]![1]);
    expect(perplexity(further)).toBeLessThan(perplexity(trained));
  });
});

it('scores a base as it is by no steps, whatever would be trained', async () => {
  const steps = { training: { ...training, steps: 0 } };
  const [lora, whole] = [
    await finished(tinySweep(base, steps)),
    await finished(tinySweep(base, { ...steps, methods: [{ name: 'full-ft' }] })),
  ];
  expect(perplexity(lora)).toBe(perplexity(whole));
  expect(perplexity(lora)).toBeGreaterThan(perplexity(trained));
});

describe('a sweep from an adapter is refused', () => {
  const refused = async (changes: object, paths: string[]) => {
    const body = { ...tinySweep(base, { methods: [{ name: 'lora', from: 'mine' }], training }), ...changes };
    const response = await platform.request(api, '/v1/sweeps/preview', { body, role: 'submitter' });
    const problem = (await response.json()) as { errors?: { path: string }[] };
    expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
  };

  it.each<[string, object, string[]]>([
    ['that is not there', { methods: [{ name: 'lora', from: 'other' }] }, ['/methods/0/from']],
    ['of another method', { methods: [{ name: 'dora', from: 'mine' }] }, ['/methods/0/name']],
    [
      'with a configuration of its own',
      { methods: [{ name: 'lora', from: 'mine', config: { alpha: 2 } }] },
      ['/methods/0/config'],
    ],
    ['with another rank', { methods: [{ name: 'lora', from: 'mine', rank: [4] }] }, ['/methods/0/rank']],
    ['on other layers', { training: { targets: ['query'] } }, ['/training/targets']],
    ['without a head for the task', { task: 'spam-assassin' }, ['/methods/0/from']],
    [
      'where there is none, nothing to train and a head to be made',
      { task: 'spam-assassin', methods: [{ name: 'lora' }], training: { ...training, steps: 0 } },
      ['/methods/0/from'],
    ],
    [
      'where there is none, nothing to train and first values that are drawn',
      { methods: [{ name: 'prompt-tuning' }], training: { ...training, steps: 0 } },
      ['/methods/0/from'],
    ],
    [
      'that is to be tuned by no steps',
      { protocol: { kind: 'fair', tuningTrials: 1, finalSeeds: 1 }, training: { ...training, steps: 0 } },
      ['/protocol'],
    ],
  ])('%s', (_, changes, paths) => refused(changes, paths));
});

describe('an upload is refused', () => {
  const upload = async (spec: object, file?: Uint8Array) => {
    const form = new FormData();
    form.set('spec', JSON.stringify(spec));
    if (file) form.set('file', new Blob([file as Uint8Array<ArrayBuffer>]), 'adapter_model.safetensors');
    const headers = { authorization: `Bearer ${platform.keys.submitter}` };
    const response = await fetch(new URL('/v1/adapters', api.url), { method: 'POST', body: form, headers });
    const { errors = [], detail } = (await response.json()) as { errors?: { path: string }[]; detail: string };
    return { status: response.status, paths: errors.map(({ path }) => path), detail };
  };
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 2, target_modules: ['c_fc'] };
  const tensors = writeSafetensors(new Map());

  it('with the field or the tensor that is to blame', async () => {
    const spec = { name: 'theirs', base, config };
    expect(await upload({ ...spec, base: 'nothing' }, tensors)).toMatchObject({ status: 400, paths: ['/base'] });
    expect(await upload({ ...spec, name: 'A B' }, tensors)).toMatchObject({ status: 400, paths: ['/name'] });
    expect(await upload({ ...spec, config: { ...config, peft_type: 'XLORA' } }, tensors)).toMatchObject({
      status: 400,
      paths: ['/config'],
    });
    expect(await upload(spec, new Uint8Array(3))).toMatchObject({ status: 400, paths: ['/file'] });
    expect(await upload(spec)).toMatchObject({ status: 400, paths: ['/file'] });
    expect((await platform.db.importedAdapter.findMany()).map(({ name }) => name)).toEqual(['mine']);
  });

  it('by the command line before it is sent, where the folder is not one', async () => {
    await writeFile(join(platform.dataDir, 'adapter_config.json'), '{"peft_type": "LORA"}');
    const { status, err } = await run(['import', platform.dataDir, '--base', base]);
    expect(status).toBe(2);
    expect(err).toMatch(/adapter_model\.safetensors cannot be read/);
  });
});

describe('deleting an adapter', () => {
  const fromMine = () => tinySweep(base, { methods: [{ name: 'lora', from: 'mine' }], training, seed: [7] });
  const mine = () => platform.db.importedAdapter.findFirstOrThrow({ where: { name: 'mine' } });

  it('is refused while a sweep that starts from it is not finished', async () => {
    const sweep = await submit(platform, api, { ...fromMine(), training: { ...longTraining, ...training } });
    // On a busy machine it would end before the command runs.
    await act(platform, api, sweep, 'pause');
    const { status, err } = await run(['delete', 'mine']);
    expect(status).toBe(3);
    expect(err).toContain(`cancel them first: ${sweep}`);
    await act(platform, api, sweep, 'cancel');
  });

  /** The answer to a request that waits for an adapter while this is deleted. */
  async function askWhileDeleted(id: string, request: () => Promise<Response>) {
    let asked: Promise<Response> | undefined;
    await platform.db.$transaction(async (sql) => {
      await sql.importedAdapter.delete({ where: { id } });
      asked = request();
      await waitFor('the request to wait for the adapter', async () => {
        const waiting = await platform.db.$queryRaw<unknown[]>`
            SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%"ImportedAdapter"%FOR SHARE%'`;
        return waiting.length > 0;
      });
    });
    const response = await asked!;
    return { status: response.status, ...((await response.json()) as { detail: string }) };
  }

  it('refuses a sweep that is extended at the same time, though it was over', async () => {
    const copy = await platform.db.importedAdapter.create({
      data: { ...((await mine()) as Prisma.ImportedAdapterCreateManyInput), id: uuidv7(), name: 'copy' },
    });
    const evaluation = { methods: [{ name: 'lora', from: 'copy' }], training: { ...training, steps: 0 } };
    const sweep = await submit(platform, api, tinySweep(base, evaluation));
    await untilCompleted(platform, sweep);
    const extend = () =>
      platform.request(api, `/v1/sweeps/${sweep}/extend`, { body: { seed: [8] }, role: 'submitter' });
    expect(await askWhileDeleted(copy.id, extend)).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/The adapter copy was deleted/),
    });
    expect((await platform.db.sweep.findUniqueOrThrow({ where: { id: sweep } })).state).toBe('COMPLETED');
  });

  it('refuses a sweep that is submitted at the same time', async () => {
    const submitted = () => platform.request(api, '/v1/sweeps', { body: fromMine(), role: 'submitter' });
    expect(await askWhileDeleted((await mine()).id, submitted)).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/The adapter mine was deleted/),
    });
  });

  it('leaves the file that an adapter of the same bytes has, and no name', async () => {
    const peft = join(platform.dataDir, 'peft');
    for (const name of ['first', 'second']) {
      expect(await run(['import', peft, '--base', base, '--name', name])).toMatchObject({ status: 0 });
    }
    expect(await run(['delete', 'first'])).toMatchObject({ status: 0, out: expect.stringContaining('deleted first') });
    expect((await run(['delete', 'first'])).err).toMatch(/no imported adapter first/);
    const evaluated = tinySweep(base, {
      methods: [{ name: 'lora', from: 'second' }],
      training: { ...training, steps: 0 },
    });
    expect((await finished(evaluated)).state).toBe('SUCCEEDED');
  });
});
